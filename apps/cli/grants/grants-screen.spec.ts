import { describe, expect, it } from 'vitest';
import type { Grant } from '#grants';
import { plain } from '../terminal/paint.js';
import { grantsScreen, type GrantsView } from './grants-screen.js';

const NOW_MS = 5000;
const grant = (ip: string, leftMs: number, over: Partial<Grant> = {}): Grant => ({
  door: 'HTTP',
  ip,
  grantedAt: '2026-01-01T00:00:00.000Z',
  expiresAt: '2026-01-01T00:01:00.000Z',
  method: 'knock',
  listener: 'host:1',
  deadlineMs: NOW_MS + leftMs,
  ...over,
});
const view = (grants: readonly Grant[] | undefined, over: Partial<GrantsView> = {}): GrantsView => ({
  grants,
  doors: ['HTTP', 'SSH'],
  nowMs: NOW_MS,
  fault: undefined,
  paint: plain,
  ...over,
});
const SIZE = { rows: 24, columns: 100 };
const many = (count: number): Grant[] =>
  Array.from({ length: count }, (_, i) => grant(`203.0.${i >> 8}.${i & 255}`, (count - i) * 1000));

describe('grantsScreen', () => {
  it('shows who is in, soonest to end first, and what is left of each', () => {
    const byHand = grant('2001:db8::1', 100_000, {
      door: 'SSH',
      grantedAt: '',
      expiresAt: '',
      method: '',
      listener: '',
    });
    expect(grantsScreen(SIZE, view([byHand, grant('203.0.113.7', 30_000)]))).toEqual([
      '2 live grants: HTTP 1 · SSH 1',
      '',
      'DOOR  IP           LEFT                GRANTED                   METHOD  BY',
      'HTTP  203.0.113.7    30s ██████······  2026-01-01T00:00:00.000Z  knock   host:1',
      'SSH   2001:db8::1   100s',
      '',
      'Ctrl-C ends',
    ]);
  });

  it('rounds seconds up, and leaves out what has ended', () => {
    const lines = grantsScreen(SIZE, view([grant('203.0.113.7', 1), grant('203.0.113.8', 0)]));
    expect(lines[0]).toBe('1 live grant: HTTP 1 · SSH 0');
    expect(lines.join('\n')).toMatch(/203\.0\.113\.7 +1s █·{11} /u);
    expect(lines.join('\n')).not.toContain('203.0.113.8');
  });

  it('says that nobody is in, and that it does not know yet', () => {
    expect(grantsScreen(SIZE, view([]))).toContain('nobody is in');
    expect(grantsScreen(SIZE, view(undefined))).toContain('asking the store');
  });

  it('says that the store is away', () => {
    const lines = grantsScreen(SIZE, view([grant('203.0.113.7', 1000)], { fault: 'connection closed' }));
    expect(lines[1]).toBe('store: connection closed; waiting for it');
  });

  it.each([
    [24, 19, 0],
    [24, 20, 2],
    [24, 1000, 982],
    [6, 1000, 1000],
    [1, 1000, 0],
  ])('%i rows, %i grants: fits, and says that there are %i more', (rows, count, more) => {
    const lines = grantsScreen({ rows, columns: 60 }, view(many(count)));
    expect(lines.length).toBeLessThanOrEqual(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(lines[0]).toContain(`${count} live grants`);
    const said = lines.map((line) => /(\d+) (?:more|grants$)/u.exec(line)?.[1]).find((each) => each !== undefined);
    expect(Number(said ?? 0)).toBe(more);
    expect(lines.filter((line) => line.startsWith('HTTP')).length + more).toBe(rows === 1 ? 0 : count);
  });

  it('colours what is left by how much that is, and nothing that is cut off', () => {
    const paint: GrantsView['paint'] = (colour, text) => `<${colour}>${text}</>`;
    const grants = [grant('1.1.1.1', 9000), grant('1.1.1.2', 15_000), grant('1.1.1.3', 50_000)];
    const text = grantsScreen(SIZE, view(grants, { paint })).join('\n');
    expect(text).toMatch(/1\.1\.1\.1 {2}<red> +9s ██·{10}<\/>/u);
    expect(text).toMatch(/1\.1\.1\.2 {2}<yellow> +15s ███·{9}<\/>/u);
    expect(text).toMatch(/1\.1\.1\.3 {2}<green> +50s █{10}··<\/>/u);
    expect(grantsScreen({ rows: 24, columns: 10 }, view(grants, { paint }))[3]).toBe('HTTP  1.1.');
  });

  it('writes out what would move the terminal', () => {
    const lines = grantsScreen(SIZE, view([grant('203.0.113.7', 1000, { listener: '\u001B[2J\n' })]));
    expect(lines[3]).toMatch(/\\u001b\[2J\\u000a$/u);
  });
});
