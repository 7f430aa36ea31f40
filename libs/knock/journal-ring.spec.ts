import { describe, expect, it } from 'vitest';
import { type JournalEntry, JournalRing, type Note } from './journal-ring.js';

const source = (d: number) => ({ a: 0, b: 0, c: 0xffff, d });
const entry = (over: Partial<JournalEntry> = {}): JournalEntry => ({
  timeMs: 1.5,
  verdict: 'advanced',
  door: 1,
  stage: 2,
  got: { port: 7000, protocol: 'tcp' },
  flags: 0x12,
  expected: { port: 8000, protocol: 'udp' },
  copy: false,
  ...over,
});

const noteOf = ({ got, flags, ...rest }: JournalEntry): Note => ({
  ...rest,
  packet: got && { destinationPort: got.port, protocol: got.protocol, flags },
});

describe('JournalRing', () => {
  it.each([
    entry(),
    entry({ got: { port: 0, protocol: 'udp' }, expected: { port: 65_535, protocol: 'tcp' }, copy: true }),
    entry({ verdict: 'grant_failed', got: undefined, expected: undefined, door: 0, flags: 0 }),
  ])('gives back what was put in: %j', (each) => {
    const ring = new JournalRing(2);
    ring.add({ a: 0xffffffff, b: 1, c: 2, d: 3 }, noteOf(each));
    expect([...ring.newestFirst()].map((at) => ring.entryAt(at))).toEqual([each]);
    expect(ring.sourceAt(0)).toEqual({ a: 0xffffffff, b: 1, c: 2, d: 3 });
  });

  it('keeps the last so many, the newest first', () => {
    const ring = new JournalRing(3);
    for (const d of [1, 2]) ring.add(source(d), noteOf(entry({ stage: d })));
    expect(ring.oldestMs).toBeUndefined();
    for (const d of [3, 4, 5]) ring.add(source(d), noteOf(entry({ stage: d, timeMs: d })));
    expect([...ring.newestFirst()].map((at) => ring.entryAt(at).stage)).toEqual([5, 4, 3]);
    expect(ring.oldestMs).toBe(3);
  });

  it('tells sources apart by each of their words', () => {
    const ring = new JournalRing(1);
    const words = { a: 1, b: 2, c: 3, d: 4 };
    ring.add(words, noteOf(entry()));
    expect(ring.isOf(0, words)).toBe(true);
    for (const word of ['a', 'b', 'c', 'd']) expect(ring.isOf(0, { ...words, [word]: 9 })).toBe(false);
  });
});
