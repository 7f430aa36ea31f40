import { libc, systemError } from './libc.js';

// linux/socket.h, asm-generic
const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** struct sockaddr_un { sa_family_t family; char path[108]; } (unix(7)) */
const SOCKADDR_UN = { bytes: 110, path: 2 } as const;

/**
 * Sends to a unix datagram socket, such as syslog's /dev/log or the service manager's; Node has none. Never waits. It
 * connects at once, so that whoever listens then is reached also by a process that has given up its rights; once that
 * one is gone, a new daemon at the path gets what is sent.
 */
export class UnixDatagram {
  private readonly fd: number;
  private readonly address: Buffer;

  /** @param path of a socket; with `@` at its front an abstract one. @throws if it is too long (107 bytes), or no socket can be had */
  constructor(path: string) {
    this.address = socketAddress(path);
    this.fd = libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
    if (this.fd < 0) throw systemError('socket');
    libc.connect(this.fd, this.address, this.address.length); // nobody there yet? then by the path, later
  }

  /** False if nobody listens there, or the queue is full: then this datagram is lost. */
  send(text: string): boolean {
    const bytes = Buffer.from(text);
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const sent = libc.sendto(this.fd, bytes, bytes.length, flags, null, 0) === bytes.length;
    return sent || libc.sendto(this.fd, bytes, bytes.length, flags, this.address, this.address.length) === bytes.length;
  }

  close(): void {
    libc.close(this.fd);
  }
}

function socketAddress(path: string): Buffer {
  const name = Buffer.from(path);
  if (name.length === 0 || name.length >= SOCKADDR_UN.bytes - SOCKADDR_UN.path) throw new Error('no path of a socket');
  const abstract = path.startsWith('@');
  if (abstract) name[0] = 0;
  // an abstract name goes to the end of the address, a path to its NUL
  const address = Buffer.alloc(SOCKADDR_UN.path + name.length + (abstract ? 0 : 1));
  address.writeUInt16LE(AF_UNIX);
  name.copy(address, SOCKADDR_UN.path);
  return address;
}
