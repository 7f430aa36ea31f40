import type { PacketSource } from './packet-source.js';

// linux/if_packet.h: struct tpacket2_hdr, a sockaddr_ll behind it, then the packet
const header = { STATUS: 0, SNAP_LENGTH: 8, NETWORK: 14, INTERFACE_INDEX: 36 } as const;
const status = { KERNEL: 0, USER: 1 } as const;
const WORD = 4;
const HALF = 2;

/** A multiple of the page size of any machine: the kernel looks for so much memory in one piece, and knows of no frame across two. */
export const BLOCK_BYTES = 64 * 1024;
/**
 * 80 bytes of the kernel's, and as many of the packet: the longest IPv4 header, or the IPv6 header, and what is looked at of
 * a transport header. The kernel cuts off what is behind that.
 */
export const FRAME_BYTES = 160;
export const FRAMES_A_BLOCK = Math.floor(BLOCK_BYTES / FRAME_BYTES);

/**
 * The taker's end of a packet socket's receive ring (kernel: Documentation/networking/packet_mmap.rst, TPACKET_V2): memory
 * that the kernel writes packets to, in order. A frame is the kernel's until its status says otherwise, and again once
 * we say so. While all are ours the kernel drops what comes, and counts it.
 */
export class FrameRing implements PacketSource {
  private readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  private readonly halves: Uint16Array;
  private readonly blocks: number;
  private block = 0;
  private frame = 0;

  constructor(memory: ArrayBuffer) {
    this.bytes = new Uint8Array(memory);
    this.words = new Int32Array(memory);
    this.halves = new Uint16Array(memory);
    this.blocks = memory.byteLength / BLOCK_BYTES;
  }

  take(limit: number, each: (packet: Uint8Array, interfaceIndex: number) => void): number {
    for (let taken = 0; taken < limit; taken += 1) {
      const at = this.block * BLOCK_BYTES + this.frame * FRAME_BYTES;
      if ((Atomics.load(this.words, at / WORD) & status.USER) === 0) return taken;
      const start = at + this.halves[(at + header.NETWORK) / HALF]!;
      const length = this.words[(at + header.SNAP_LENGTH) / WORD]!;
      each(this.bytes.subarray(start, start + length), this.words[(at + header.INTERFACE_INDEX) / WORD]!);
      Atomics.store(this.words, at / WORD, status.KERNEL);
      this.advance();
    }
    return limit;
  }

  private advance(): void {
    this.frame += 1;
    if (this.frame < FRAMES_A_BLOCK) return;
    this.frame = 0;
    this.block = this.block + 1 === this.blocks ? 0 : this.block + 1;
  }
}
