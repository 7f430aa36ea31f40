import { describe, expect, it } from 'vitest';
import type { Grant } from '#grants';
import { grantView } from './grant-view.js';

const GRANTED_MS = Date.parse('2026-01-01T00:00:00.000Z');
const grant = (fields: Partial<Grant> = {}): Grant => ({
  door: 'HTTP',
  ip: '203.0.113.7',
  method: 'knock',
  listener: 'host:1',
  grantedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-01T00:00:59.000Z',
  deadlineMs: 1_059_000,
  ...fields,
});
const after = (ms: number) => ({ monotonicMs: 1_000_000 + ms, storeMs: GRANTED_MS + ms });

describe('grantView', () => {
  it('says how much is left, and of how much', () => {
    expect(grantView(grant(), after(9000))).toEqual({
      door: 'HTTP',
      ip: '203.0.113.7',
      method: 'knock',
      listener: 'host:1',
      granted_at: '2026-01-01T00:00:00.000Z',
      expires_at: '2026-01-01T00:00:59.000Z',
      ends_in_ms: 50_000,
      lasts_ms: 59_000,
    });
  });

  it.each([
    [{ deadlineMs: 1_090_000 }, '2026-01-01T00:01:30.000Z', 90_000],
    [{ deadlineMs: 1_010_000 }, '2026-01-01T00:00:10.000Z', 10_000],
    [{ expiresAt: '' }, '2026-01-01T00:00:59.000Z', 59_000],
  ])('believes the TTL more than the field: %j', (fields, expiresAt, lastsMs) => {
    expect(grantView(grant(fields), after(0))).toMatchObject({ expires_at: expiresAt, lasts_ms: lastsMs });
  });

  it('of a key made by hand what is left is all that is known', () => {
    expect(grantView(grant({ grantedAt: '', expiresAt: '' }), after(9000))).toMatchObject({ lasts_ms: 50_000 });
  });

  it('has nothing left when it is over', () => {
    expect(grantView(grant(), after(60_000))).toMatchObject({ ends_in_ms: 0 });
  });
});
