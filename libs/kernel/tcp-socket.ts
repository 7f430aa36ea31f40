import { isIPv6 } from 'node:net';
import { type Address, addressToBytes } from '#address';
import { libc, systemError } from './libc.js';

// linux/socket.h, asm-generic/socket.h, linux/in6.h
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SHUT_RD = 0;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
/** struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)) */
const SOCKADDR = { bytes: 28, port: 2, address4: 4, address6: 8, bytes4: 16 } as const;
const V4_OFFSET = 12;

export interface SocketAddress {
  readonly address: Address;
  readonly family: 4 | 6;
  /** 0: the kernel chooses one. */
  readonly port: number;
}

/**
 * A TCP socket that is bound and does not listen yet, so that a filter can be on it before anything reaches it; Node
 * listens on its descriptor (`server.listen({ fd })`) and closes it. IPv6 means IPv6 only.
 * @throws EADDRINUSE, EACCES (ports below 1024), EADDRNOTAVAIL, EAFNOSUPPORT
 */
export function bindTcp({ address, family, port }: SocketAddress): { readonly fd: number; readonly port: number } {
  const fd = libc.socket(family === 4 ? AF_INET : AF_INET6, SOCK_STREAM_CLOEXEC, 0);
  if (fd < 0) throw systemError('socket');
  try {
    set(fd, SOL_SOCKET, SO_REUSEADDR); // as libuv: old connections in TIME_WAIT are no obstacle
    if (family === 6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    const bytes = socketAddress({ address, family, port });
    if (libc.bind(fd, bytes, family === 4 ? SOCKADDR.bytes4 : SOCKADDR.bytes) < 0) throw systemError('bind');
    return { fd, port: port === 0 ? boundPort(fd) : port };
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/**
 * Has a bound socket take connections, which wait until some process accepts them. @throws EADDRINUSE where another
 * socket of that address has come to listen meanwhile
 */
export function listenTcp(fd: number, backlog: number): void {
  if (libc.listen(fd, backlog) < 0) throw systemError('listen');
}

/** Nobody listens on it from here on, in whatever processes it is open (tcp(7); Linux's tcp_disconnect). */
export function stopListening(fd: number): void {
  libc.shutdown(fd, SHUT_RD);
}

/**
 * Gives the core to another process that wants it, if there is one (sched_yield(2); well below a microsecond if not): one
 * that was woken by the same listening socket gets its share of the connections that wait there.
 */
export function letOthersAccept(): void {
  libc.schedYield();
}

/** Closes a socket that was never given to Node. */
export function closeSocket(fd: number): void {
  libc.close(fd);
}

export function familyOf(host: string): 4 | 6 {
  return isIPv6(host) ? 6 : 4;
}

function set(fd: number, level: number, option: number): void {
  const on = Buffer.alloc(4);
  on.writeInt32LE(1);
  if (libc.setsockopt(fd, level, option, on, on.length) < 0) throw systemError('setsockopt');
}

function socketAddress({ address, family, port }: SocketAddress): Buffer {
  const bytes = Buffer.alloc(SOCKADDR.bytes);
  bytes.writeUInt16LE(family === 4 ? AF_INET : AF_INET6);
  bytes.writeUInt16BE(port, SOCKADDR.port);
  if (family === 4) bytes.set(addressToBytes(address).subarray(V4_OFFSET), SOCKADDR.address4);
  else bytes.set(addressToBytes(address), SOCKADDR.address6);
  return bytes;
}

function boundPort(fd: number): number {
  const bytes = Buffer.alloc(SOCKADDR.bytes);
  const length = Buffer.alloc(4);
  length.writeInt32LE(bytes.length);
  if (libc.getsockname(fd, bytes, length) < 0) throw systemError('getsockname');
  return bytes.readUInt16BE(SOCKADDR.port);
}
