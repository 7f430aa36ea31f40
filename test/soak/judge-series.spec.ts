import { describe, expect, it } from 'vitest';
import { judgeSeries, type Verdict } from './judge-series.js';
import { loopback } from '../lab/host.js';
import type { Point } from './theil-sen.js';

const MINUTE_MS = 60_000;
const TIME = { fromMs: 5 * MINUTE_MS, toMs: 30 * MINUTE_MS };
const MB = 1e6;

/** A value each 5 s of half an hour. */
function judged(valueAt: (ms: number) => number): Verdict {
  const points = Array.from({ length: 360 }, (_, i): Point => [i * 5000, valueAt(i * 5000)]);
  return judgeSeries({ name: 'heap', points }, TIME);
}

/** As a heap of 20 MB that fills by 10 MB and is collected, at no steady interval. */
function sawtooth(ms: number): number {
  const period = 40_000 + ((ms * 7919) % 30_000);
  return 20 * MB + 10 * MB * ((ms % period) / period);
}

describe('flat', () => {
  it.each<[string, (ms: number) => number]>([
    ['a constant', () => 20 * MB],
    ['garbage that is collected now and then', sawtooth],
    ['what is built up within the warm-up', (ms) => sawtooth(ms) + 30 * MB * Math.min(1, ms / TIME.fromMs)],
    ['what falls', (ms) => sawtooth(ms) - (ms / TIME.toMs) * 10 * MB],
    ['a small thing that grows by less than 1 MB', (ms) => MB + ms * 0.5],
    ['a peak of some minutes', (ms) => sawtooth(ms) + (ms > 11 * MINUTE_MS && ms < 17 * MINUTE_MS ? 50 * MB : 0)],
  ])('is %s', (_, valueAt) => expect(judged(valueAt)).toMatchObject({ flat: true }));
});

describe('not flat', () => {
  it.each<[string, (ms: number) => number]>([
    ['a leak of 2 kB a second, under garbage', (ms) => sawtooth(ms) + ms * 2],
    ['one that only began later', (ms) => sawtooth(ms) + Math.max(0, ms - 12 * MINUTE_MS) * 10],
    ['a small thing that grows by more than 1 MB', (ms) => MB + ms],
    ['one in steps', (ms) => sawtooth(ms) + Math.floor(ms / (4 * MINUTE_MS)) * MB],
    ['one that collections hide for long', (ms) => sawtooth(ms) + Math.max(0, ms - ((ms * 31) % 90_000)) * 4],
  ])('is %s', (_, valueAt) => expect(judged(valueAt)).toMatchObject({ flat: false }));

  it('is a process that leaks, and one that makes as much garbage is', async () => {
    const seen = await Promise.all([heapOf('kept.push(made)'), heapOf('kept[0] = made')]);
    const verdicts = seen.map((points) => judgeSeries({ name: 'heap', points }, { fromMs: 20, toMs: 220 }));
    expect(verdicts.map(({ flat }) => flat)).toEqual([false, true]);
  });
});

it('tells where it began and ended, and what it allows', () => {
  const { first, last, growth, allowed } = judged((ms) => 10 * MB + ms);
  expect(first).toBe(10 * MB + TIME.fromMs);
  expect(last).toBeGreaterThan(11.5 * MB);
  expect(growth).toBeCloseTo(25 * MINUTE_MS, -4);
  expect(allowed).toBeCloseTo(1.1 * MB, -5);
});

it('has no verdict on what was hardly looked at', () => {
  expect(() => judgeSeries({ name: 'heap', points: [[TIME.fromMs, 1]] }, TIME)).toThrow('heap: 1 of 10 windows');
});

/** The heap of a real process after each of many turns, whose number is its time. */
async function heapOf(deed: string): Promise<Point[]> {
  const script = `
    const kept = [];
    for (let turn = 0; turn <= 220; turn += 1) {
      for (let i = 0; i < 100; i += 1) { const made = Array.from({ length: 20 }, () => ({ turn })); ${deed}; }
      if (turn % 5 === 0) gc();
      console.log(process.memoryUsage().heapUsed);
    }`;
  const { stdout } = await loopback.run(process.execPath, ['--expose-gc', '-e', script]);
  return stdout
    .trim()
    .split('\n')
    .map((line, turn): Point => [turn, Number(line)]);
}
