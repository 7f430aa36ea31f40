import { libc, systemError } from './libc.js';

// linux/socket.h, asm-generic, linux/in.h
const AF_INET = 2;
const AF_PACKET = 17;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const IPPROTO_TCP = 6;
/** Of a packet socket that hears nothing. */
const NO_PROTOCOL = 0;

/** Why this process may not open a socket of that kind, the system's error; undefined: it may. Hears nothing meanwhile. */
export function rawRefused(kind: 'raw' | 'packet'): NodeJS.ErrnoException | undefined {
  const fd =
    kind === 'raw'
      ? libc.socket(AF_INET, SOCK_RAW_CLOEXEC, IPPROTO_TCP)
      : libc.socket(AF_PACKET, SOCK_DGRAM_CLOEXEC, NO_PROTOCOL);
  if (fd < 0) return systemError('socket');
  libc.close(fd);
  return undefined;
}
