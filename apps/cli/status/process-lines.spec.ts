import { describe, expect, it } from 'vitest';
import type { ProcessReport } from '#grants';
import { plain } from '../terminal/paint.js';
import { processLines } from './process-lines.js';

describe('processLines', () => {
  const report = (over: Partial<ProcessReport>): ProcessReport => ({
    host: 'web1',
    pid: 12,
    roles: 'listener',
    version: '1.2.3',
    startedAt: '2026-01-01T00:00:00.000Z',
    healthy: true,
    problems: [],
    metrics: [],
    ...over,
  });
  const lines = (reports: readonly ProcessReport[]): string[] => [
    ...processLines(reports, Date.parse('2026-01-01T03:00:00.000Z'), plain),
  ];

  it('says of each since when it is there, and whether it is well', () => {
    const reports = [
      report({ healthy: false, problems: ['deaf: eth0: the interface is down or gone'] }),
      report({ pid: 4711, roles: 'gateway', problems: ['config refused: knockgate.yaml:3: no'] }),
    ];
    expect(lines(reports)).toEqual([
      'processes',
      '  web1:12    listener  1.2.3  started 3 h ago  not well',
      '    deaf: eth0: the interface is down or gone',
      '  web1:4711  gateway   1.2.3  started 3 h ago  well',
      '    config refused: knockgate.yaml:3: no',
    ]);
  });

  it('says that there is none', () => {
    expect(lines([])).toEqual(['processes', '  none: neither knockgate up, listen nor serve runs with this store']);
  });

  it('takes what somebody wrote by hand for a text', () => {
    const [, line, problem] = lines([report({ host: 'a\u001B[2J', startedAt: 'x', problems: ['b\u001B[2J'] })]);
    expect(line).toBe(String.raw`  a\u001b[2J:12  listener  1.2.3  started at an unknown time  well`);
    expect(problem).toBe(String.raw`    b\u001b[2J`);
  });
});
