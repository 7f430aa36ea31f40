import { beforeEach, describe, expect, it } from 'vitest';
import type { Packet } from '#wire';
import { CopyFilter } from './copy-filter.js';

const packet = (over: Partial<Packet> = {}): Packet => ({
  protocol: 'tcp',
  source: { a: 0, b: 0, c: 0xffff, d: 1 },
  sourcePort: 40_000,
  destinationPort: 6000,
  flags: 2,
  fingerprint: 77,
  ...over,
});
const PORT = 2;
const BRIDGE = 3;

describe('CopyFilter', () => {
  let copies: CopyFilter;
  beforeEach(() => {
    copies = new CopyFilter();
    copies.isCopy(packet(), PORT);
  });

  it('tells the same packet on another interface', () => {
    expect(copies.isCopy(packet(), BRIDGE)).toBe(true);
    expect(copies.isCopy(packet(), BRIDGE)).toBe(true);
  });

  it('takes a retransmission, by the interface of the first, for what it is', () => {
    expect(copies.isCopy(packet(), PORT)).toBe(false);
  });

  it.each([
    ['another fingerprint', { fingerprint: 78 }],
    ['another port', { destinationPort: 7000 }],
    ['another source', { source: { a: 0, b: 0, c: 0xffff, d: 2 } }],
    ['another protocol', { protocol: 'udp' as const }],
    ['other flags', { flags: 1 }],
  ])('takes a packet with %s for another', (_name, over) => {
    expect(copies.isCopy(packet(over), BRIDGE)).toBe(false);
  });

  it('tells copies with other packets between', () => {
    for (let i = 0; i < 20; i += 1) copies.isCopy(packet({ fingerprint: 100 + i }), PORT);
    expect(copies.isCopy(packet(), BRIDGE)).toBe(true);
  });
});
