import { describe, expect, it } from 'vitest';
import type { MetricObject, ProcessReport } from '#grants';
import { NO_RATES, Rating } from './rating.js';

const metric = (name: string, ...values: [value: number, labels?: Record<string, string>][]): MetricObject => ({
  name,
  help: '',
  type: 'counter',
  aggregator: 'sum',
  values: values.map(([value, labels = {}]) => ({ value, labels })),
});
const report = (metrics: readonly MetricObject[], pid = 1): ProcessReport => ({
  host: 'h',
  pid,
  roles: 'listener',
  version: '1',
  startedAt: '',
  healthy: true,
  problems: [],
  metrics,
});
const packets = (count: number): MetricObject => metric('knockgate_packets_seen_total', [count]);

describe('Rating', () => {
  it('knows no rate at the first look, however much was counted before', () => {
    expect(new Rating().rate([report([packets(1000)])], 0)).toEqual(NO_RATES);
  });

  it('sums over processes and doors, each kind for itself', () => {
    const decisions = (allow: number, deny: number): MetricObject =>
      metric(
        'knockgate_gate_decisions_total',
        [allow, { door: 'A', decision: 'allow' }],
        [allow, { door: 'B', decision: 'allow' }],
        [deny, { door: 'A', decision: 'deny' }],
      );
    const attempts = (advanced: number): MetricObject =>
      metric('knockgate_attempts_total', [advanced, { outcome: 'advanced' }], [advanced * 9, { outcome: 'voided' }]);
    const open = metric('knockgate_connections_open', [3, { door: 'A' }], [4, { door: 'B' }]);
    const rating = new Rating();
    rating.rate([report([packets(0), attempts(0)], 1), report([packets(0), decisions(0, 0)], 2)], 0);
    const after = [report([packets(10), attempts(4)], 1), report([packets(20), decisions(5, 7), open], 2)];
    expect(rating.rate(after, 2000)).toEqual({
      packets: 15,
      knocks: 2,
      opened: 0,
      allowed: 5,
      denied: 3.5,
      connections_open: 7,
    });
  });

  it('a report that came twice, and one that counts for two seconds, make no jump', () => {
    const rating = new Rating();
    const rates = [0, 10, 10, 30].map((count, i) => rating.rate([report([packets(count)])], i * 1000).packets);
    expect(rates).toEqual([0, 10, 5, 10]);
    expect(rating.rate([report([packets(30)])], 4000).packets).toBeCloseTo(6.7);
    expect(rating.rate([report([packets(30)])], 9000).packets).toBe(0);
  });

  it('a process that came new, began anew or went away takes nothing from the others', () => {
    const rating = new Rating();
    rating.rate([report([packets(100)], 1), report([packets(100)], 2)], 0);
    expect(rating.rate([report([packets(5)], 1), report([packets(900)], 3)], 1000).packets).toBe(0);
    expect(rating.rate([report([packets(25)], 1), report([packets(900)], 3)], 2000).packets).toBe(10);
  });
});
