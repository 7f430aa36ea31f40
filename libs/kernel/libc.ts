import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

const library = koffi.load(null);

/** The few calls of the C library that Node has no API for. Each returns -1 on failure, with the reason in `errno`. */
export const libc = {
  socket: library.func('int socket(int domain, int type, int protocol)') as (
    domain: number,
    type: number,
    protocol: number,
  ) => number,
  bind: library.func('int bind(int fd, void *address, unsigned int length)') as (
    fd: number,
    address: Buffer,
    length: number,
  ) => number,
  sendto: library.func(
    'long sendto(int fd, const void *bytes, size_t length, int flags, const void *address, unsigned int size)',
  ) as (
    ...args: readonly [fd: number, bytes: Buffer, length: number, flags: number, address: Buffer, size: number]
  ) => number,
  close: library.func('int close(int fd)') as (fd: number) => number,
  ioctl: library.func('int ioctl(int fd, unsigned long request, void *argument)') as (
    fd: number,
    request: number,
    argument: Buffer,
  ) => number,
  setsockopt: library.func('int setsockopt(int fd, int level, int name, void *value, unsigned int length)') as (
    ...args: readonly [fd: number, level: number, name: number, value: Buffer, length: number]
  ) => number,
  getsockopt: library.func('int getsockopt(int fd, int level, int name, void *value, void *length)') as (
    ...args: readonly [fd: number, level: number, name: number, value: Buffer, length: Buffer]
  ) => number,
  recvmmsg: library.func('int recvmmsg(int fd, void *messages, unsigned int count, int flags, void *timeout)') as (
    ...args: readonly [fd: number, messages: Buffer, count: number, flags: number, timeout: null]
  ) => number,
} as const;

/** The reason of this thread's last failed call. Ask at once: the next call overwrites it. */
export function errno(): number {
  return koffi.errno();
}

/** A failed call as Node reports its own: with `code`, `errno` and `syscall`. */
export function systemError(syscall: string, number = errno()): NodeJS.ErrnoException {
  const code = getSystemErrorName(-number);
  return Object.assign(new Error(`${syscall}: ${code}`), { code, errno: -number, syscall });
}

export const ERRNO = constants.errno;
