import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.js';

describe('RateLimit', () => {
  it('lets so many through a second, counts the others once, and fills up again', () => {
    const limit = new RateLimit(10);
    const through = (nowMs: number): number =>
      Array.from({ length: 25 }, () => limit.allows(nowMs)).filter(Boolean).length;
    expect(through(1000)).toBe(10);
    expect([limit.takeSuppressed(), limit.takeSuppressed()]).toEqual([15, 0]);
    expect(through(1500)).toBe(5);
    expect(through(60_000)).toBe(10);
  });
});
