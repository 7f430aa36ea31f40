import { describe, expect, it } from 'vitest';
import type { TrailEvent } from './api-schemas.js';
import { Attempts } from './attempts.js';

const START_MS = Date.parse('2026-01-01T00:00:00.000Z');
const IP = '203.0.113.7';

let id = 0;
const event = (name: string, afterMs: number, fields: Record<string, string | number> = {}): TrailEvent => ({
  id: String((id += 1)),
  door: 'HTTP',
  ip: IP,
  at: new Date(START_MS + afterMs).toISOString(),
  event: name,
  ...fields,
});
const stage = (number: number, afterMs: number, fields: Record<string, string> = {}): TrailEvent =>
  event('stage', afterMs, { stage: number, of: 4, ...fields });

describe('Attempts', () => {
  const fresh = (): Attempts => new Attempts((door) => (door === 'GONE' ? undefined : 10_000));
  const at = (afterMs: number): number => START_MS + afterMs;

  it('shows how far somebody is and how long is left, from the first knock on', () => {
    const attempts = fresh();
    expect(attempts.take([stage(1, 0)], at(100))).toEqual({
      changed: [{ door: 'HTTP', ip: IP, stage: 1, of: 4, ends_in_ms: 9900 }],
      ended: [],
    });
    attempts.take([stage(2, 1000)], at(1000));
    expect(attempts.list(at(2000))).toEqual([{ door: 'HTTP', ip: IP, stage: 2, of: 4, ends_in_ms: 8000 }]);
  });

  it('has no longer left than the door gives, where the clock lags behind', () => {
    const attempts = fresh();
    expect(attempts.take([stage(1, 0)], at(-30)).changed).toMatchObject([{ ends_in_ms: 10_000 }]);
  });

  it.each([
    event('voided', 2, { stage: 1 }),
    event('sequence_timeout', 2, { stage: 1 }),
    event('opened', 2, { method: 'knock' }),
    event('extended', 2, { method: 'knock' }),
  ])('ends with $event', (end) => {
    const attempts = fresh();
    attempts.take([stage(1, 0)], at(0));
    expect(attempts.take([end], at(2))).toEqual({ changed: [], ended: [{ door: 'HTTP', ip: IP }] });
    expect(attempts.list(at(2))).toEqual([]);
  });

  it.each([
    event('opened', 2, { method: 'manual' }),
    event('expired', 2),
    event('revoked', 2),
    event('to_come', 2),
    event('opened', 2, { method: 'knock', ip: '203.0.113.8' }),
    event('voided', 2, { door: 'SSH' }),
  ])('goes on after $event ($method $ip $door)', (other) => {
    const attempts = fresh();
    attempts.take([stage(1, 0)], at(0));
    expect(attempts.take([other], at(2))).toEqual({ changed: [], ended: [] });
    expect(attempts.list(at(2))).toHaveLength(1);
  });

  it('begins anew with the packet that voided it', () => {
    const attempts = fresh();
    attempts.take([stage(1, 0), stage(2, 1000)], at(1000));
    const { changed } = attempts.take([event('voided', 5000, { stage: 2 }), stage(1, 5000)], at(5000));
    expect(changed).toEqual([{ door: 'HTTP', ip: IP, stage: 1, of: 4, ends_in_ms: 10_000 }]);
  });

  it('says of one that began and ended at once that it ended', () => {
    expect(fresh().take([stage(1, 0), event('voided', 1)], at(1))).toEqual({
      changed: [],
      ended: [{ door: 'HTTP', ip: IP }],
    });
  });

  it('forgets one of which nothing more is heard, a moment after its time', () => {
    const attempts = fresh();
    attempts.take([stage(1, 0)], at(0));
    expect(attempts.sweep(at(10_999)).ended).toEqual([]);
    expect(attempts.list(at(10_999))).toMatchObject([{ ends_in_ms: 0 }]);
    expect(attempts.sweep(at(11_000)).ended).toEqual([{ door: 'HTTP', ip: IP }]);
  });

  it('never shows what was over before it was read', () => {
    expect(fresh().take([stage(1, 0)], at(60_000))).toEqual({ changed: [], ended: [{ door: 'HTTP', ip: IP }] });
  });

  it('bears entries that somebody made up', () => {
    const made = [
      stage(1, 0, { door: 'GONE' }),
      stage(1, 0, { stage: 'x' }),
      stage(1, 0, { of: '-1' }),
      stage(1, 0, { at: 'now' }),
    ];
    expect(fresh().take(made, at(0))).toEqual({ changed: [], ended: [] });
  });

  it('keeps no more than a thousand, the newest', () => {
    const attempts = fresh();
    const flood = Array.from({ length: 1500 }, (_, i) => stage(1, i, { ip: `10.0.${i >> 8}.${i & 255}` }));
    const { changed, ended } = attempts.take(flood, at(1500));
    expect([changed.length, ended.length]).toEqual([1000, 500]);
    expect(ended[0]).toEqual({ door: 'HTTP', ip: '10.0.0.0' });
    expect(attempts.list(at(1500)).at(-1)).toMatchObject({ ip: '10.0.5.219' });
  });
});
