import { describe, expect, it } from 'vitest';
import { deadlineTimer, meetDeadlines } from './deadline-timer.js';
import { monotonicMs } from './monotonic-ms.js';

function blockUntil(ms: number): void {
  while (monotonicMs() < ms);
}

describe('deadlineTimer', () => {
  it('calls back once, not before its time', async () => {
    const deadlineMs = monotonicMs() + 20;
    const reachedMs = await new Promise<number>((resolve) => deadlineTimer(deadlineMs, () => resolve(monotonicMs())));
    expect(reachedMs).toBeGreaterThanOrEqual(deadlineMs);
  });

  it('is met at once by who asks, where the process could not run; and only once', async () => {
    const met: string[] = [];
    const startMs = monotonicMs();
    deadlineTimer(startMs + 10, () => met.push('first'));
    deadlineTimer(startMs + 12, () => met.push('second'));
    const later = deadlineTimer(startMs + 60_000, () => met.push('later'));
    const calledOff = deadlineTimer(startMs + 11, () => met.push('called off'));
    meetDeadlines();
    expect(met).toEqual([]);
    calledOff();
    blockUntil(startMs + 20);
    meetDeadlines();
    expect(met).toEqual(['first', 'second']);
    await new Promise((resolve) => setTimeout(resolve, 0)); // where their timers would fire
    meetDeadlines();
    expect(met).toEqual(['first', 'second']);
    later();
  });

  it('what a callback begins is met in its own time', () => {
    const met: string[] = [];
    const startMs = monotonicMs();
    let cancel: () => void = () => {};
    deadlineTimer(startMs + 1, () => {
      met.push('first');
      cancel = deadlineTimer(startMs + 60_000, () => met.push('next'));
    });
    blockUntil(startMs + 2);
    meetDeadlines();
    meetDeadlines();
    expect(met).toEqual(['first']);
    cancel();
  });
});
