import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { coloured } from '../terminal/paint.js';
import type { Finding } from './finding.js';
import { plainFindings, prettyFindings, summary } from './render-findings.js';

const ESC = '\u001b';
const FINDINGS: readonly Finding[] = [
  { topic: 'rights', state: 'ok', what: 'all there' },
  { topic: 'rights', state: 'skipped', what: 'no /proc' },
  { topic: 'redis', state: 'fault', what: `bad${ESC}[2J\nok      redis: fine`, cure: 'redis-cli PING' },
  { topic: 'clock', state: 'warning', what: 'wrong', cure: 'ntp' },
];

describe('render findings', () => {
  it('plain: a line each, and none of another’s making', () => {
    expect(plainFindings(FINDINGS)).toEqual([
      'ok      rights: all there',
      'skipped rights: no /proc',
      'fault   redis: bad?[2J?ok      redis: fine; cure: redis-cli PING',
      'warning clock: wrong; cure: ntp',
    ]);
  });

  it('pretty: a topic once, a cure on a line of its own', () => {
    const lines = prettyFindings(FINDINGS, coloured);
    expect(lines.map(stripVTControlCharacters)).toEqual([
      '  ✓ rights   all there',
      '  -          no /proc',
      '  ✗ redis    bad?[2J?ok      redis: fine',
      '             redis-cli PING',
      '  ! clock    wrong',
      '             ntp',
    ]);
    expect(lines[2]).toContain(`${ESC}[31m✗${ESC}[39m`);
  });

  it('summary', () => {
    expect(summary(FINDINGS)).toBe('1 fault, 1 warning, 1 check skipped');
    expect(summary([])).toBe('0 faults, 0 warnings');
  });
});
