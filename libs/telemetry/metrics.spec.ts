import { describe, expect, it } from 'vitest';
import { METRICS } from './metric.js';
import { Metrics } from './metrics.js';

describe('Metrics', () => {
  const told = async (metrics: Metrics): Promise<Record<string, unknown>> => {
    const all = await metrics.asJson();
    return Object.fromEntries(all.map(({ name, values }) => [name, values]));
  };

  it('reads when it is asked, each time anew', async () => {
    const metrics = new Metrics();
    let packets = 7;
    metrics.read('knockgate_packets_seen_total', () => packets);
    expect(await told(metrics)).toEqual({ knockgate_packets_seen_total: [{ value: 7, labels: {} }] });
    packets = 9;
    expect(await told(metrics)).toEqual({ knockgate_packets_seen_total: [{ value: 9, labels: {} }] });
  });

  it('adds up what several readers say, or takes the largest or the least, by labels', async () => {
    const metrics = new Metrics();
    const door = (name: string, value: number) => [{ door: name }, value] as const;
    metrics.read('knockgate_connections_total', () => [door('A', 1), door('B', 2)]);
    metrics.read('knockgate_connections_total', () => [door('B', 3)]);
    metrics.read('knockgate_grants_live', () => [door('A', 5)]);
    metrics.read('knockgate_grants_live', () => [door('A', 4)]);
    metrics.read('knockgate_healthy', () => 1);
    metrics.read('knockgate_healthy', () => 0);
    expect(await told(metrics)).toEqual({
      knockgate_connections_total: [
        { value: 1, labels: { door: 'A' } },
        { value: 5, labels: { door: 'B' } },
      ],
      knockgate_grants_live: [{ value: 5, labels: { door: 'A' } }],
      knockgate_healthy: [{ value: 0, labels: {} }],
    });
  });

  it('forgets the labels that are read no more', async () => {
    const metrics = new Metrics();
    const live = new Map([['A', 1]]);
    metrics.read('knockgate_grants_live', () => [...live].map(([door, value]) => [{ door }, value] as const));
    await metrics.asJson();
    live.delete('A');
    expect(await told(metrics)).toEqual({ knockgate_grants_live: [] });
  });

  it('tells type, help and how processes are made one', async () => {
    const metrics = new Metrics();
    metrics.histogram('knockgate_time_to_open_seconds').observe(0.004);
    metrics.read('knockgate_store_up', () => 1);
    const [opened, up] = await metrics.asJson();
    expect(opened).toMatchObject({ type: 'histogram', aggregator: 'sum' });
    const bucket = opened!.values.find(({ labels }) => Number(labels['le']) === 0.005);
    expect(bucket).toMatchObject({ value: 1, metricName: 'knockgate_time_to_open_seconds_bucket' });
    expect(up).toMatchObject({ type: 'gauge', aggregator: 'min', help: METRICS.knockgate_store_up.help });
  });

  it('names what is counted as Prometheus does: a counter ends in _total, and nothing else', () => {
    for (const [name, { type }] of Object.entries(METRICS)) expect(name.endsWith('_total')).toBe(type === 'counter');
  });
});
