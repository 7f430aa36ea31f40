import { describe, expect, it } from 'vitest';
import { PacketRing, RING_PACKET_BYTES } from './packet-ring.js';

/** One side of each thread over the same memory. */
function ends(): { readonly putter: PacketRing; readonly taker: PacketRing } {
  const taker = new PacketRing();
  return { taker, putter: new PacketRing(taker.shared) };
}

function takeAll(ring: PacketRing, limit = 100): string[] {
  const taken: string[] = [];
  ring.take(limit, (bytes, index) => void taken.push(`${index}: ${[...bytes].join()}`));
  return taken;
}

describe('PacketRing', () => {
  it('hands over packets and their interfaces in order', () => {
    const { putter, taker } = ends();
    putter.put(Uint8Array.of(1, 2, 3), 7);
    putter.put(Uint8Array.of(4), 8);
    expect(takeAll(taker)).toEqual(['7: 1,2,3', '8: 4']);
    expect(takeAll(taker)).toEqual([]);
  });

  it('takes no more than asked for, and says whether there is more', () => {
    const { putter, taker } = ends();
    for (let i = 0; i < 3; i += 1) putter.put(Uint8Array.of(i), 1);
    expect(taker.take(2, () => {})).toBe(true);
    expect(taker.take(2, () => {})).toBe(false);
  });

  it('goes round, with packets of full length', () => {
    const { putter, taker } = ends();
    const packet = new Uint8Array(RING_PACKET_BYTES).fill(9);
    for (let i = 0; i < 10_000; i += 1) {
      putter.put(packet, i);
      expect(takeAll(taker)).toEqual([`${i}: ${[...packet].join()}`]);
    }
  });

  it('puts nothing any more when it is stopped', () => {
    const { putter, taker } = ends();
    taker.stop();
    expect(putter.stopped).toBe(true);
    expect(putter.put(Uint8Array.of(1), 1)).toBe(false);
    expect(takeAll(taker)).toEqual([]);
  });

  it('calls the taker once until it answers', () => {
    const { putter, taker } = ends();
    expect([putter.call(), putter.call()]).toEqual([true, false]);
    taker.answer();
    expect(putter.call()).toBe(true);
  });
});
