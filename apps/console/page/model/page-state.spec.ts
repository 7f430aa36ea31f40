import { describe, expect, it } from 'vitest';
import type { Attempt, Grant, State } from './api-types.js';
import { type PageAction, type PageState, initialState, reducePage } from './page-state.js';

const grant = (ip: string, more: Partial<Grant> = {}): Grant => ({
  door: 'HTTP',
  ip,
  method: 'knock',
  listener: 'gate-1',
  granted_at: '2026-11-28T10:00:00.000Z',
  expires_at: '2026-11-28T10:00:59.000Z',
  ends_in_ms: 40_000,
  lasts_ms: 59_000,
  ...more,
});

const attempt = (ip: string, stage: number): Attempt => ({ door: 'HTTP', ip, stage, of: 4, ends_in_ms: 45_000 });

const told: State = {
  version: '1',
  now_ms: 1_000_000,
  ready: true,
  problems: [],
  store: { kind: 'redis', reachable: true },
  processes: [],
  doors: [],
  grants: [grant('192.0.2.1'), grant('192.0.2.2', { granted_at: '2026-11-28T10:00:05.000Z' })],
  attempts: [attempt('192.0.2.9', 1)],
  history: [{ at_ms: 999_000, knocks: 7, opened: 0, denied: 0 }],
};

const rates = { packets: 9, knocks: 1, opened: 2, denied: 3, allowed: 4, connections_open: 5 };
const nothing = { now_ms: 0, grants: [], ended: [], attempts: [], attempts_ended: [], events: [] };

const play = (...actions: PageAction[]): PageState => actions.reduce(reducePage, initialState);
const ips = (state: PageState) => state.grants.get('HTTP')?.map(({ ip }) => ip);
const first: PageAction = { type: 'state', state: told, atMs: 500 };

describe('reducePage', () => {
  it('takes a state: the newest grant first, deadlines on its own clock', () => {
    const state = play(first);
    expect(state.link).toEqual({ kind: 'live' });
    expect(ips(state)).toEqual(['192.0.2.2', '192.0.2.1']);
    expect(state.grants.get('HTTP')![0]!.deadlineMs).toBe(40_500);
    expect(state.attempts.get('HTTP')![0]).toMatchObject({ stage: 1, of: 4, deadlineMs: 45_500 });
  });

  it('a later state replaces all that was known, but not what was counted', () => {
    const pulse = { ...told, now_ms: 1_001_000, rates };
    const state = play(
      first,
      { type: 'pulse', pulse, atMs: 600 },
      { ...first, state: { ...told, grants: [], history: [] } },
    );
    expect(ips(state)).toBeUndefined();
    expect(state.history.map(({ at_ms: at, knocks }) => [at, knocks])).toEqual([
      [999_000, 7],
      [1_001_000, 1],
    ]);
    expect(state.overview!.rates).toEqual(rates);
  });

  it('takes changes: steps, a grant, an end', () => {
    const changes = {
      ...nothing,
      grants: [grant('192.0.2.9', { ends_in_ms: 59_000 })],
      ended: [{ door: 'HTTP', ip: '192.0.2.1', reason: 'expired' as const }],
      attempts: [attempt('192.0.2.8', 3)],
      attempts_ended: [{ door: 'HTTP', ip: '192.0.2.9' }],
    };
    const state = play(first, { type: 'changes', changes, atMs: 1000 });
    expect(ips(state)).toEqual(['192.0.2.9', '192.0.2.2']);
    expect(state.grants.get('HTTP')![0]!.deadlineMs).toBe(60_000);
    expect(state.attempts.get('HTTP')!.map(({ ip, stage }) => [ip, stage])).toEqual([['192.0.2.8', 3]]);
  });

  it('an extended grant stays at its place', () => {
    const changes = { ...nothing, grants: [grant('192.0.2.1', { ends_in_ms: 100_000 })] };
    const state = play(first, { type: 'changes', changes, atMs: 1000 });
    expect(ips(state)).toEqual(['192.0.2.2', '192.0.2.1']);
    expect(state.grants.get('HTTP')![1]!.deadlineMs).toBe(101_000);
  });

  it('shows at once what was done here', () => {
    const granted: PageAction = { type: 'granted', grant: grant('192.0.2.3'), atMs: 0 };
    expect(ips(play(first, granted))![0]).toBe('192.0.2.3');
    expect(ips(play(first, { type: 'revoked', source: { door: 'HTTP', ip: '192.0.2.2' } }))).toEqual(['192.0.2.1']);
  });

  it('a pulse tells how all is, and takes away an attempt whose end nobody told', () => {
    const pulse = { ...told, ready: false, problems: ['the store is silent'], rates };
    const before = play(first, { type: 'pulse', pulse, atMs: 47_000 });
    expect(before.overview).toMatchObject({ version: '1', ready: false, problems: ['the store is silent'] });
    expect(before.attempts.get('HTTP')).toHaveLength(1);
    const after = reducePage(before, { type: 'pulse', pulse, atMs: 47_600 });
    expect(after.attempts.get('HTTP')).toEqual([]);
  });

  it('remembers of each door who failed last', () => {
    const event = (id: string, door: string, kind = 'voided') => ({ id, door, at: '', event: kind, ip: '192.0.2.5' });
    const events = [event('5-0', 'HTTP'), event('9-0', 'HTTP', 'opened'), event('7-0', 'HTTP', 'sequence_timeout')];
    const state = play(
      first,
      { type: 'changes', changes: { ...nothing, events }, atMs: 0 },
      { type: 'past', events: [event('6-0', 'HTTP'), event('3-0', 'SSH')] },
    );
    expect(state.failures.size).toBe(2);
    expect([state.failures.get('HTTP')!.id, state.failures.get('SSH')!.id]).toEqual(['7-0', '3-0']);
  });

  it('keeps a bounded number of attempts, the newest', () => {
    const attempts = Array.from({ length: 2000 }, (_, i) => attempt(`198.18.${i >> 8}.${i & 255}`, 1));
    const state = play(first, { type: 'changes', changes: { ...nothing, attempts }, atMs: 0 });
    expect(state.attempts.get('HTTP')).toHaveLength(500);
    expect(state.attempts.get('HTTP')![0]!.ip).toBe(attempts.at(-1)!.ip);
  });
});
