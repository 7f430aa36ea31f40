import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES, FRAME_BYTES, FrameRing, FRAMES_A_BLOCK } from './frame-ring.js';

const BLOCKS = 2;
const FRAMES = BLOCKS * FRAMES_A_BLOCK;

/** Memory as the kernel fills it: no frame lies across two blocks. */
class Kernel {
  readonly memory = new ArrayBuffer(BLOCKS * BLOCK_BYTES);
  private readonly bytes = Buffer.from(this.memory);

  write(frame: number, packet: readonly number[]): void {
    const at = this.at(frame);
    this.bytes.writeUInt32LE(packet.length, at + 8);
    this.bytes.writeUInt16LE(80, at + 14);
    this.bytes.writeInt32LE(70 + frame, at + 36);
    this.bytes.set(packet, at + 80);
    this.bytes.writeUInt32LE(1 | 0x20000000, at); // TP_STATUS_USER, and a time stamp's flag
  }

  owns(frame: number): boolean {
    return this.bytes.readUInt32LE(this.at(frame)) === 0;
  }

  private at(frame: number): number {
    return Math.floor(frame / FRAMES_A_BLOCK) * BLOCK_BYTES + (frame % FRAMES_A_BLOCK) * FRAME_BYTES;
  }
}

function takeAll(ring: FrameRing): string[] {
  const taken: string[] = [];
  ring.take(FRAMES + 1, (bytes, index) => void taken.push(`${index}: ${[...bytes].join()}`));
  return taken;
}

describe('FrameRing', () => {
  it('hands over packets and their interfaces in order, each once', () => {
    const kernel = new Kernel();
    const ring = new FrameRing(kernel.memory);
    kernel.write(0, [1, 2, 3]);
    kernel.write(1, [4]);
    expect(takeAll(ring)).toEqual(['70: 1,2,3', '71: 4']);
    expect(takeAll(ring)).toEqual([]);
  });

  it('takes no more than asked for, and says how many', () => {
    const kernel = new Kernel();
    const ring = new FrameRing(kernel.memory);
    for (let frame = 0; frame < 3; frame += 1) kernel.write(frame, [frame]);
    expect(ring.take(2, () => {})).toBe(2);
    expect(ring.take(2, () => {})).toBe(1);
    expect(ring.take(2, () => {})).toBe(0);
  });

  it('gives each frame back to the kernel, and goes through all blocks and round', () => {
    const kernel = new Kernel();
    const ring = new FrameRing(kernel.memory);
    for (let round = 0; round < 3; round += 1) {
      for (let frame = 0; frame < FRAMES; frame += 1) kernel.write(frame, [round, frame & 255]);
      expect(takeAll(ring)).toEqual(
        Array.from({ length: FRAMES }, (_each, frame) => `${70 + frame}: ${round},${frame & 255}`),
      );
      expect(Array.from({ length: FRAMES }, (_each, frame) => kernel.owns(frame))).not.toContain(false);
    }
  });

  it('does not look past a frame that is the kernel’s', () => {
    const kernel = new Kernel();
    kernel.write(1, [1]);
    expect(takeAll(new FrameRing(kernel.memory))).toEqual([]);
  });
});
