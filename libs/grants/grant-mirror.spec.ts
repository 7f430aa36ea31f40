import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Grant } from './grant.js';
import { GrantMirror } from './grant-mirror.js';

const MAX_STALE_MS = 10_000;
const grant = (leftMs: number, ip = '203.0.113.7'): Grant => ({
  door: 'HTTP',
  ip,
  grantedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '',
  method: 'knock',
  listener: 'test:1',
  deadlineMs: performance.now() + leftMs,
});

describe('GrantMirror', () => {
  let log: string[];
  /** What the kernel's gate is told, besides the ends. */
  let told: string[];
  let mirror: GrantMirror;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    log = [];
    told = [];
    mirror = new GrantMirror(MAX_STALE_MS, {
      granted: (grants) => {
        for (const { door, ip, deadlineMs } of grants)
          told.push(`${door} ${ip} ${Math.round(deadlineMs - performance.now())}`);
      },
      fresh: (forMs) => told.push(`fresh ${forMs}`),
      ended: ({ ip }, reason) => void log.push(`${ip} ${reason}`),
      stale: (_silentMs, forgotten) => {
        log.push('stale');
        told.push(`forgotten ${forgotten.map(({ ip }) => ip).join(' ')}`);
      },
      lost: () => void log.push('lost'),
      withoutTtl: () => void log.push('no ttl'),
    });
  });
  afterEach(() => {
    mirror.close();
    vi.useRealTimers();
  });
  const allows = (ip = '203.0.113.7', door = 'HTTP'): boolean => mirror.allows(door, ip);
  /** Time passes, and the store is heard each second. */
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 1000) {
      vi.advanceTimersByTime(Math.min(1000, left));
      mirror.heard();
    }
  };

  it('allows nobody before the first snapshot, not even whom it was told of', () => {
    mirror.changed(grant(5000), grant(5000));
    mirror.heard();
    expect(allows()).toBe(false);
    expect(mirror.fresh).toBe(false);
  });

  it('knows how long a grant still lasts; no time at all once it does not count', () => {
    mirror.snapshot([grant(12_000)]);
    const left = (ip = '203.0.113.7', door = 'HTTP'): number => mirror.leftMs(door, ip);
    expect([left(), left('203.0.113.8'), left('203.0.113.7', 'SSH')]).toEqual([12_000, 0, 0]);
    vi.advanceTimersByTime(9999);
    expect(left()).toBeCloseTo(2001);
    vi.advanceTimersByTime(1); // the store was not heard meanwhile
    expect(left()).toBe(0);
  });

  it("adds nothing to a grant for a store's clock that was set back, whether it is told by a snapshot or as a change", () => {
    const ends = (leftMs: number, endsAtMs: number): Grant => ({ ...grant(leftMs), endsAtMs });
    mirror.snapshot([ends(5000, 1000)]);
    mirror.snapshot([ends(3_600_000, 1000)]);
    mirror.changed(grant(0), ends(3_600_000, 1000));
    expect(mirror.leftMs('HTTP', '203.0.113.7')).toBe(5000);
    mirror.changed(grant(0), ends(6000, 1000)); // it was asked for slowly before
    expect(mirror.leftMs('HTTP', '203.0.113.7')).toBe(6000);
    mirror.changed(grant(0), ends(3_600_000, 2000)); // somebody has set it anew
    expect(mirror.leftMs('HTTP', '203.0.113.7')).toBe(3_600_000);
    mirror.changed(grant(0), ends(100, 2000)); // set ahead: it is over at the store, too
    expect(mirror.leftMs('HTTP', '203.0.113.7')).toBe(100);
  });

  it('allows who has a grant at this door, until the deadline and not a moment longer', () => {
    mirror.snapshot([grant(5000)]);
    expect([allows(), allows('203.0.113.8'), allows('203.0.113.7', 'SSH')]).toEqual([true, false, false]);
    pass(4999);
    expect([allows(), log]).toEqual([true, []]);
    pass(1);
    expect([allows(), log]).toEqual([false, ['203.0.113.7 expired']]);
  });

  it('tells of each grant and each new deadline, of being heard, and of what it forgets', () => {
    mirror.snapshot([grant(5000)]);
    mirror.changed(grant(9000), grant(9000));
    mirror.changed(grant(7000), { ...grant(7000), door: 'SSH' });
    expect(told).toEqual([
      'HTTP 203.0.113.7 5000',
      `fresh ${MAX_STALE_MS}`,
      'HTTP 203.0.113.7 9000',
      'SSH 203.0.113.7 7000',
    ]);
    expect(mirror.latestDeadlineMs('203.0.113.7')).toBe(performance.now() + 9000);
    expect(mirror.latestDeadlineMs('203.0.113.8')).toBeUndefined();
    mirror.snapshot([grant(60_000), grant(60_000, '203.0.113.8')]);
    told = [];
    vi.advanceTimersByTime(MAX_STALE_MS);
    expect(told).toEqual(['forgotten 203.0.113.7 203.0.113.8']);
  });

  it('a later snapshot tells only of what is new: to know the rest already costs nothing', () => {
    mirror.snapshot([grant(5000), grant(5000, '203.0.113.8'), grant(5000, '203.0.113.9')]);
    told = [];
    const again = { ...grant(5000, '203.0.113.9'), grantedAt: '2026-01-01T00:00:01.000Z' }; // closed and opened, unheard
    mirror.snapshot([grant(5001), grant(7000, '203.0.113.8'), again, grant(5000, '203.0.113.10')]);
    expect(told).toEqual([
      'HTTP 203.0.113.8 7000',
      'HTTP 203.0.113.9 5000',
      'HTTP 203.0.113.10 5000',
      `fresh ${MAX_STALE_MS}`,
    ]);
    pass(5000);
    expect(log.toSorted()).toEqual(['203.0.113.10 expired', '203.0.113.7 expired', '203.0.113.9 expired']);
  });

  it('does not rely on its timer: past the deadline nobody is allowed', () => {
    mirror.snapshot([grant(5000)]);
    vi.setSystemTime(Date.now()); // timers stand still, the clock does not
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 5000);
    expect(allows()).toBe(false);
    vi.restoreAllMocks();
  });

  it('follows a change of the deadline, both ways', () => {
    mirror.snapshot([grant(5000)]);
    mirror.changed(grant(20_000), grant(20_000));
    pass(6000);
    expect([allows(), log]).toEqual([true, []]);
    mirror.changed(grant(1000), grant(1000));
    pass(1000);
    expect([allows(), log]).toEqual([false, ['203.0.113.7 expired']]);
  });

  it('tells a revocation from an expiry that Redis reports just before our own timer', () => {
    mirror.snapshot([grant(5000), grant(50, '203.0.113.8')]);
    mirror.changed(grant(0), undefined);
    mirror.changed(grant(0, '203.0.113.8'), undefined);
    expect(log).toEqual(['203.0.113.7 revoked', '203.0.113.8 expired']);
    mirror.changed(grant(0), undefined);
    expect(log).toHaveLength(2);
  });

  it('ends what a later snapshot no longer has, and keeps the rest', () => {
    mirror.snapshot([grant(5000), grant(5000, '203.0.113.8')]);
    mirror.snapshot([grant(5000, '203.0.113.8')]);
    expect(log).toEqual(['203.0.113.7 revoked']);
    expect([allows(), allows('203.0.113.8'), mirror.size]).toEqual([false, true, 1]);
  });

  it('shuts everything once the store was silent for too long, until the next snapshot', () => {
    mirror.snapshot([grant(60_000)]);
    mirror.lost('gone');
    pass(MAX_STALE_MS - 1); // what is open stays open for that long
    expect(allows()).toBe(true);
    pass(1);
    expect([allows(), log]).toEqual([false, ['lost', 'stale']]);
    mirror.heard();
    mirror.changed(grant(5000), grant(5000));
    expect(allows()).toBe(false);
    mirror.snapshot([grant(5000)]);
    expect(allows()).toBe(true);
  });

  it('bears deadlines beyond what a timer can wait for', () => {
    mirror.snapshot([grant(40 * 86_400_000)]);
    expect([allows(), log]).toEqual([true, []]);
    vi.advanceTimersByTime(1000);
    expect([allows(), log]).toEqual([true, []]);
  });
});
