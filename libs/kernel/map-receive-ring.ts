import koffi from 'koffi';
import { BLOCK_BYTES, FRAME_BYTES, FRAMES_A_BLOCK } from './frame-ring.js';
import { libc, systemError } from './libc.js';
import type { OptionSocket } from './socket-options.js';

// linux/if_packet.h, asm-generic/mman-common.h
const SOL_PACKET = 263;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const TPACKET_V2 = 1;
const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
/** struct tpacket_req */
const REQUEST = { bytes: 16, blockBytes: 0, blocks: 4, frameBytes: 8, frames: 12 } as const;
/** struct tpacket_stats */
const STATISTICS = { bytes: 8, drops: 4 } as const;

/** The receive ring of a packet socket, in this process's memory. */
export interface MappedRing {
  readonly memory: ArrayBuffer;
  /** The memory must not be looked at any more. */
  unmap(): void;
}

/**
 * Has the kernel put what the socket hears into memory that it shares with this process (packet(7), PACKET_RX_RING): so many
 * blocks of FRAMES_A_BLOCK packets. Before the socket is bound. @throws ENOMEM, or what a kernel without it answers
 */
export function mapReceiveRing(fd: number, options: OptionSocket, blocks: number): MappedRing {
  const length = blocks * BLOCK_BYTES;
  options.setOption(SOL_PACKET, PACKET_VERSION, TPACKET_V2);
  setRing(options, blocks);
  const address = libc.mmap(null, length, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (koffi.address(address) === MAP_FAILED) {
    const failed = systemError('mmap');
    setRing(options, 0); // or nothing would come by the receive queue
    throw failed;
  }
  return { memory: koffi.view(address, length), unmap: () => void libc.munmap(address, length) };
}

function setRing(options: OptionSocket, blocks: number): void {
  const request = Buffer.alloc(REQUEST.bytes);
  if (blocks > 0) {
    request.writeUInt32LE(BLOCK_BYTES, REQUEST.blockBytes);
    request.writeUInt32LE(blocks, REQUEST.blocks);
    request.writeUInt32LE(FRAME_BYTES, REQUEST.frameBytes);
    request.writeUInt32LE(blocks * FRAMES_A_BLOCK, REQUEST.frames);
  }
  options.setOption(SOL_PACKET, PACKET_RX_RING, request);
}

/** Packets lost since this was last asked, for want of room in the ring or the receive queue. */
export function takePacketDrops(options: OptionSocket): number {
  const statistics = Buffer.alloc(STATISTICS.bytes);
  options.getOption(SOL_PACKET, PACKET_STATISTICS, statistics, statistics.length);
  return statistics.readUInt32LE(STATISTICS.drops);
}
