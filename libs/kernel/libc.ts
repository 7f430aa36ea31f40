import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';

type Call<A extends readonly unknown[], R = number> = (...args: A) => R;

/** Finds a function at its first call: what only Linux has must not keep the rest from running elsewhere. */
function lazily<A extends readonly unknown[], R = number>(prototype: string): Call<A, R> {
  let found: Call<A, R> | undefined;
  return (...args) => {
    found ??= koffi.load(null).func(prototype) as Call<A, R>;
    return found(...args);
  };
}

/** The few calls of the C library that Node has no API for. Each returns -1 on failure (mmap as a pointer), with the reason in `errno`. */
export const libc = {
  socket: lazily<[domain: number, type: number, protocol: number]>('int socket(int domain, int type, int protocol)'),
  bind: lazily<[fd: number, address: Buffer, length: number]>('int bind(int fd, void *address, unsigned int length)'),
  listen: lazily<[fd: number, backlog: number]>('int listen(int fd, int backlog)'),
  shutdown: lazily<[fd: number, how: number]>('int shutdown(int fd, int how)'),
  connect: lazily<[fd: number, address: Buffer, length: number]>(
    'int connect(int fd, void *address, unsigned int length)',
  ),
  getsockname: lazily<[fd: number, address: Buffer, length: Buffer]>(
    'int getsockname(int fd, void *address, void *length)',
  ),
  sendto: lazily<[fd: number, bytes: Buffer, length: number, flags: number, address: Buffer | null, size: number]>(
    'long sendto(int fd, const void *bytes, size_t length, int flags, const void *address, unsigned int size)',
  ),
  send: lazily<[fd: number, bytes: Buffer, length: number, flags: number]>(
    'long send(int fd, const void *bytes, size_t length, int flags)',
  ),
  recv: lazily<[fd: number, bytes: Buffer, length: number, flags: number]>(
    'long recv(int fd, void *bytes, size_t length, int flags)',
  ),
  close: lazily<[fd: number]>('int close(int fd)'),
  ioctl: lazily<[fd: number, request: number, argument: Buffer]>(
    'int ioctl(int fd, unsigned long request, void *argument)',
  ),
  setsockopt: lazily<[fd: number, level: number, name: number, value: Buffer, length: number]>(
    'int setsockopt(int fd, int level, int name, void *value, unsigned int length)',
  ),
  getsockopt: lazily<[fd: number, level: number, name: number, value: Buffer, length: Buffer]>(
    'int getsockopt(int fd, int level, int name, void *value, void *length)',
  ),
  recvfrom: lazily<[fd: number, bytes: Buffer, length: number, flags: number, address: Buffer, size: Buffer]>(
    'long recvfrom(int fd, void *bytes, size_t length, int flags, void *address, void *size)',
  ),
  schedYield: lazily<[]>('int sched_yield()'),
  mmap: lazily<[address: null, length: number, protection: number, flags: number, fd: number, offset: number], object>(
    'void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)',
  ),
  munmap: lazily<[address: object, length: number]>('int munmap(void *address, size_t length)'),
  clockGettime: lazily<[clock: number, time: Buffer]>('int clock_gettime(int clock, void *time)'),
  adjtimex: lazily<[timex: Buffer]>('int adjtimex(void *timex)'),
  capget: lazily<[header: Buffer, data: Buffer]>('int capget(void *header, void *data)'),
  capset: lazily<[header: Buffer, data: Buffer]>('int capset(void *header, void *data)'),
  prctl: lazily<[option: number, a: bigint, b: bigint, c: bigint, d: bigint]>(
    'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
  ),
  /** For system calls without a function of their own: bpf(2), capset(2), seccomp(2). */
  syscall: lazily<[number: number, a: number, b: bigint, c: bigint]>(
    'long syscall(long number, long a, unsigned long b, unsigned long c)',
  ),
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
