import { describe, expect, it } from 'vitest';
import type { WhyAnswer, WhyEntry } from '../../listener/index.js';
import { coloured, plain } from '../terminal/paint.js';
import { sourcesLines, whyLines } from './why-lines.js';

const listener: WhyAnswer['listener'] = {
  host: 'web',
  pid: 812,
  capture: 'all interfaces',
  hears: true,
  packets: 2,
  drops: 0,
  since_ms_ago: 1000,
  bridge: [],
  doors: [
    {
      name: 'HTTP',
      sequence: [
        { port: 6000, protocol: 'tcp' },
        { port: 7000, protocol: 'udp' },
      ],
      one_time: false,
      tcpflags: 'syn',
      seq_timeout_ms: 1000,
      cmd_timeout_ms: 1000,
    },
  ],
};
const at = (seconds: number): string => new Date(2026, 10, 28, 9, 8, seconds, 50).toISOString();
const advanced: WhyEntry = {
  at: at(1),
  ago_ms: 5000,
  door: 'HTTP',
  verdict: 'advanced',
  stage: 1,
  got: { port: 6000, protocol: 'tcp', flags: 'syn' },
  expected: { port: 6000, protocol: 'tcp' },
};
const stray: WhyEntry = {
  at: at(3),
  ago_ms: 3500,
  door: null,
  verdict: 'stray',
  stage: 0,
  got: { port: 53, protocol: 'udp', flags: '' },
  expected: null,
};

describe('whyLines', () => {
  it('is a table: when, how long after, where, what', () => {
    expect([...whyLines({ listener, ip: '203.0.113.7', entries: [advanced, stray] }, plain)]).toEqual([
      '203.0.113.7, as heard by process 812 on web (all interfaces)',
      'TIME          GAP     DOOR  GOT       EXPECTED  VERDICT',
      '09:08:01.050          HTTP  6000/tcp  6000/tcp  step 1 of 2',
      '09:08:03.050  +1.5 s  -     53/udp    -         no first knock: ignored',
    ]);
  });

  it('leaves out the earlier ones of very many, and says so', () => {
    const entries = Array.from({ length: 100 }, () => stray);
    const lines = [...whyLines({ listener, ip: '203.0.113.7', entries }, plain)];
    expect(lines[1]).toBe('40 earlier packets are left out; --json has them');
    expect(lines).toHaveLength(63);
  });

  it('has colours where they are wanted', () => {
    const lines = [
      ...whyLines({ listener, ip: '203.0.113.7', entries: [{ ...advanced, verdict: 'voided' }] }, coloured),
    ];
    expect(lines.at(-1)).toContain('\u001b[31mwrong port: voided, at step 1 of 2');
  });
});

describe('sourcesLines', () => {
  it('has who was heard, and what became of it', () => {
    const sources = [{ ip: '203.0.113.7', last: advanced }];
    expect([...sourcesLines({ listener, sources }, plain)].slice(1)).toEqual([
      'IP           HEARD      DOOR  VERDICT',
      '203.0.113.7  5.0 s ago  HTTP  step 1 of 2',
    ]);
  });
});
