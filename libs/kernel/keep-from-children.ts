import { readdirSync } from 'node:fs';
import { libc } from './libc.js';

const FIOCLEX = 0x5451; // asm-generic/ioctls.h: FD_CLOEXEC
const LAST_OF_STDIO = 2;

/**
 * SECURITY: what this process starts inherits no descriptor of it but those that it is given. Node opens all of its own
 * so; an addon may not (raw-socket does not), and whatever ran would have a raw socket.
 */
export function keepFromChildren(): void {
  if (process.platform !== 'linux') return;
  const none = Buffer.alloc(0);
  for (const name of readdirSync('/proc/self/fd')) {
    // EBADF is of the one that read the folder
    if (Number(name) > LAST_OF_STDIO) libc.ioctl(Number(name), FIOCLEX, none);
  }
}
