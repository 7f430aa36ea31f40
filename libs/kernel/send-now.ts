import type { Socket } from 'node:net';
import { descriptorOf } from './descriptor-of.js';
import { libc } from './libc.js';

// linux/socket.h
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/**
 * Sends the beginning of `bytes`, as much of it as the kernel takes at once (send(2)), and says how much that was: 0 also where
 * nothing can be sent this way or any more. The bytes are free again then, which they are not after `socket.write`. SECURITY: they
 * would overtake what was written and waits (`writableLength`), so only to be called while nothing does.
 */
export function sendNow(socket: Socket, bytes: Buffer, length: number): number {
  const fd = descriptorOf(socket);
  return fd < 0 ? 0 : Math.max(0, libc.send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL));
}
