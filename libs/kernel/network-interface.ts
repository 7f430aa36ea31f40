import { errno, ERRNO, libc, systemError } from './libc.js';

// asm-generic/socket.h, linux/sockios.h, linux/if.h
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SIOCGIFFLAGS = 0x8913;
const SIOCGIFINDEX = 0x8933;
const IFF_UP = 1;
const IFF_LOOPBACK = 8;
/** struct ifreq on 64-bit machines */
const IFREQ = { bytes: 40, nameBytes: 16, value: 16 } as const;

export interface NetworkInterface {
  /** The kernel's number for it; one that is deleted and made anew gets another. */
  readonly index: number;
  readonly up: boolean;
  readonly loopback: boolean;
}

/** An interface of this process's network namespace by its name (netdevice(7)); undefined: there is none. */
export function networkInterface(name: string): NetworkInterface | undefined {
  const fd = libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0);
  if (fd < 0) throw systemError('socket');
  try {
    const index = ask(fd, name, SIOCGIFINDEX)?.readInt32LE(IFREQ.value);
    const flags = ask(fd, name, SIOCGIFFLAGS)?.readUInt16LE(IFREQ.value);
    if (index === undefined || flags === undefined) return undefined;
    return { index, up: (flags & IFF_UP) !== 0, loopback: (flags & IFF_LOOPBACK) !== 0 };
  } finally {
    libc.close(fd);
  }
}

function ask(fd: number, name: string, request: number): Buffer | undefined {
  const ifreq = Buffer.alloc(IFREQ.bytes);
  ifreq.write(name, 0, IFREQ.nameBytes - 1, 'latin1');
  if (libc.ioctl(fd, request, ifreq) === 0) return ifreq;
  const number = errno();
  if (number === ERRNO.ENODEV || number === ERRNO.ENXIO) return undefined;
  throw systemError('ioctl', number);
}
