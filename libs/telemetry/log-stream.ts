import { createWriteStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty, WriteStream } from 'node:tty';
import type { LogStream } from './log-output.js';

/**
 * What `process.stdout` would be if it were this descriptor. Handed to a child as its own standard output a pipe would become
 * one that blocks, for its parent too (libuv's uv_spawn clears O_NONBLOCK of 0 to 2, which is the open file's): and then a reader that
 * stands still would stop them both.
 */
export function logStream(fd: number): LogStream & { readonly isTTY?: boolean } {
  if (isatty(fd)) return new WriteStream(fd);
  const stats = fstatSync(fd);
  if (stats.isFIFO() || stats.isSocket()) return new Socket({ fd, readable: false, writable: true });
  return createWriteStream('', { fd, autoClose: false });
}
