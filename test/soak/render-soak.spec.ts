import { describe, expect, it } from 'vitest';
import { pictures, soakPage } from './render-soak.js';
import type { Role } from './roles.js';
import type { Soaked } from './soak.js';
import type { ProcessSample, Sample } from './take-sample.js';

const MB = 1e6;
const MINUTE_MS = 60_000;
const WHOLE_MS = 30 * MINUTE_MS;
const COLLECTION = { fromMs: 10 * MINUTE_MS, delaySeconds: 0.4 };

/** @param leakBytes of the gateway's, a second */
function soaked(leakBytes = 0): Soaked {
  const each = Array.from({ length: WHOLE_MS / 1000 }, (_, i) => i * 1000);
  const collections = each.filter((ms) => ms >= 5 * MINUTE_MS && ms % (2.5 * MINUTE_MS) === 0);
  const heap = (ms: number, role: Role): number => 20 * MB + (role === 'gateway' ? (leakBytes * ms) / 1000 : 0);
  const of = (role: Role, ms: number): ProcessSample => ({
    residentBytes: 100 * MB,
    heapUsedBytes: heap(ms, role),
    externalBytes: 2 * MB,
    loopP50Seconds: 0.001,
    loopP99Seconds: 0.004,
    loopMaxSeconds: ms > COLLECTION.fromMs && ms < COLLECTION.fromMs + 2000 ? COLLECTION.delaySeconds : 0.008,
    fds: 30 + ((ms / 1000) % 7),
  });
  const sample = (ms: number): Sample => ({
    ms,
    processes: { listener: of('listener', ms), gateway: of('gateway', ms), console: of('console', ms) },
    redisBytes: 2 * MB,
    redisResidentBytes: 12 * MB,
    nginxResidentBytes: 8 * MB,
    grants: 20,
    connections: 21,
    attempts: 3,
    packets: 1234,
    packetsDropped: 0,
  });
  const collected = (role: Role) => collections.map((ms) => ({ ms, heapBytes: heap(ms, role) }));
  return {
    minutes: 30,
    seed: 7,
    judged: { fromMs: 5 * MINUTE_MS, toMs: WHOLE_MS },
    samples: each.map(sample),
    collected: {
      listener: collected('listener'),
      gateway: collected('gateway'),
      console: collected('console'),
    },
    counted: {
      clients: { knocks: 4321, visits: 4320 },
      strangers: { tries: 9999 },
      console: {},
      flooded: 100_000,
      floods: 2,
      revokedByCommand: 5,
    },
    fds: { before: { listener: 20, gateway: 30, console: 25 }, after: { listener: 20, gateway: 29, console: 25 } },
  };
}

const ABOUT = { machine: 'Measured on 2026-01-02: a machine.', cores: 2, loadAverage: 3.14 };
const page = (leakBytes?: number): string => soakPage(soaked(leakBytes), ABOUT, 'soak');

describe('the page', () => {
  it('says what was done, and that all is flat', () => {
    const text = page();
    expect(text).toContain('**flat**');
    expect(text).toContain('4,321 knocks');
    expect(text).toContain('| gateway: heap after a collection | 20.0 | 20.0 | 0.0 | 2.0 | flat |');
    expect(text).toContain('| gateway | 30 | 36 | 29 |');
    expect(text).toContain('was 3.1 on 2 cores');
    expect(text).toContain('not quiet');
    expect(text.endsWith(ABOUT.machine)).toBe(true);
  });

  it('says what grows', () => {
    const text = page(5000);
    expect(text).toContain('**not flat: gateway: heap after a collection**');
    expect(text).toMatch(/^\| gateway: heap after a collection .* \*\*grows\*\* \|$/mu);
    expect(text).toMatch(/^\| console: heap after a collection .* flat \|$/mu);
  });

  it('leaves forced collections out of the delays', () => {
    expect(page()).toContain('| gateway | 1.0 | 4.0 | 8.0 | 8.0 |');
  });

  it('names every picture that there is', () => {
    const text = page();
    for (const { name, alt, svg } of pictures(soaked())) {
      expect(text).toContain(`![${alt}](soak/${name}.svg)`);
      expect(svg).toContain(name === 'load' ? '>connections</text>' : '>gateway</text>');
    }
  });
});
