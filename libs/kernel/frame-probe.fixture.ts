import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';
import { libc, systemError } from './libc.js';

// linux/socket.h, linux/if_ether.h, linux/sched.h, asm-generic/socket.h
const AF_PACKET = 17;
const SOCK_RAW_CLOEXEC = 3 | 0o2000000;
const ETH_P = { 4: 0x0800, 6: 0x86dd } as const;
const CLONE_NEWNET = 0x40000000;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const TIMEVAL_BYTES = 16;
const SOCKADDR_LL = { bytes: 20, protocol: 2, interfaceIndex: 4 } as const;
const ANSWER_WITHIN_S = 1;
const FRAME_BYTES = 2048;
const NS_PER_MS = 1e6;

const lib = koffi.load(null);
const setns = lib.func('int setns(int fd, int type)') as (fd: number, type: number) => number;
const recv = lib.func('long recv(int fd, void *bytes, size_t length, int flags)') as (
  fd: number,
  bytes: Buffer,
  length: number,
  flags: number,
) => number;

export interface FrameProbeSettings {
  /** The network namespace to send from, by name. */
  readonly netns: string;
  readonly interfaceIndex: number;
  readonly family: 4 | 6;
}

/** Sends a frame and waits for the answer, with as little between them as can be: both in this thread, no event loop. */
export class FrameProbe implements Disposable {
  private readonly fd: number;
  private readonly received = Buffer.allocUnsafeSlow(FRAME_BYTES);

  constructor({ netns, interfaceIndex, family }: FrameProbeSettings) {
    this.fd = within(netns, () => libc.socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0));
    if (this.fd < 0) throw systemError('socket');
    const timeout = Buffer.alloc(TIMEVAL_BYTES);
    timeout.writeBigInt64LE(BigInt(ANSWER_WITHIN_S));
    if (libc.setsockopt(this.fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length) < 0) throw systemError('setsockopt');
    // of one protocol: then it does not hear the frames that it sends itself
    const address = Buffer.alloc(SOCKADDR_LL.bytes);
    address.writeUInt16LE(AF_PACKET);
    address.writeUInt16BE(ETH_P[family], SOCKADDR_LL.protocol);
    address.writeInt32LE(interfaceIndex, SOCKADDR_LL.interfaceIndex);
    if (libc.bind(this.fd, address, address.length) < 0) throw systemError('bind');
  }

  /** @returns ns until a frame that `isAnswer` @throws EAGAIN if there is none within a second */
  time(frame: Buffer, isAnswer: (received: Buffer) => boolean): number {
    const { fd, received } = this;
    const sentMs = performance.now();
    if (libc.sendto(fd, frame, frame.length, 0, null, 0) < 0) throw systemError('sendto');
    for (;;) {
      if (recv(fd, received, FRAME_BYTES, 0) < 0) throw systemError('recv');
      const nowMs = performance.now();
      if (isAnswer(received)) return (nowMs - sentMs) * NS_PER_MS;
    }
  }

  [Symbol.dispose](): void {
    libc.close(this.fd);
  }
}

/** A socket stays in the namespace in which it was made. */
function within<T>(netns: string, act: () => T): T {
  const own = openSync('/proc/thread-self/ns/net', 'r');
  const other = openSync(`/run/netns/${netns}`, 'r');
  try {
    enter(other);
    const result = act();
    enter(own);
    return result;
  } finally {
    closeSync(own);
    closeSync(other);
  }
}

function enter(namespace: number): void {
  if (setns(namespace, CLONE_NEWNET) < 0) throw systemError('setns');
}
