import type { Socket } from 'node:net';
import { descriptorOf } from './descriptor-of.js';
import { libc } from './libc.js';

// asm-generic/socket.h
const SOL_SOCKET = 1;
const SO_ERROR = 4;

/**
 * Whether what a socket has just called its end (`end`) was a reset: where something was still unread as the RST came, libuv reads that
 * and makes of the rest an end (uv__stream_io, "short-circuit iff POLLHUP"), and a transfer that broke off would look whole. The error is
 * left with the socket (SO_ERROR, socket(7)), and can be asked for once. False for a socket that is closed, or not TCP's own (TLS).
 */
export function wasReset(socket: Socket): boolean {
  const fd = descriptorOf(socket);
  if (fd < 0) return false;
  const error = Buffer.alloc(4);
  const length = Buffer.from([error.length, 0, 0, 0]);
  return libc.getsockopt(fd, SOL_SOCKET, SO_ERROR, error, length) === 0 && error.readInt32LE() !== 0;
}
