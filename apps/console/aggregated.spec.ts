import { describe, expect, it } from 'vitest';
import { Metrics } from '#telemetry';
import { aggregated } from './aggregated.js';

describe('aggregated', () => {
  it('makes one of what two processes measure', async () => {
    const [listener, gateway] = [new Metrics(), new Metrics()];
    listener.read('knockgate_packets_seen_total', () => 7);
    listener.read('knockgate_store_up', () => 1);
    listener.histogram('knockgate_time_to_open_seconds').observe(0.003);
    gateway.read('knockgate_store_up', () => 0);
    gateway.read('knockgate_connections_open', () => [[{ door: 'My "door"' }, 3]]);
    const { type, text } = await aggregated([await listener.asJson(), await gateway.asJson()]);
    expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toMatch(/^knockgate_packets_seen_total 7$/mu);
    expect(text).toMatch(/^knockgate_store_up 0$/mu);
    expect(text).toMatch(/^knockgate_connections_open\{door="My \\"door\\""\} 3$/mu);
    expect(text).toMatch(/^knockgate_time_to_open_seconds_bucket\{le="0\.005"\} 1$/mu);
    expect(text).toMatch(/^# TYPE knockgate_time_to_open_seconds histogram$/mu);
  });
});
