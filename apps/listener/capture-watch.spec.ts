import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Event, EventLog } from '#telemetry';
import type { Capture } from './capture.js';
import { CaptureWatch } from './capture-watch.js';

describe('CaptureWatch', () => {
  let events: string[];
  let watch: CaptureWatch;
  let deaf: string | undefined;
  const capture = {
    watch: () => {},
    get deaf() {
      return deaf;
    },
  } as unknown as Capture;
  const look = (reopen: () => void = () => {}) => watch.look(capture, reopen);
  beforeEach(() => {
    events = [];
    deaf = undefined;
    watch = new CaptureWatch({ emit: (event: Event) => void events.push(event.event) } as unknown as EventLog);
    vi.useFakeTimers({ toFake: ['performance'] });
    return () => vi.useRealTimers();
  });

  it('says once that it is deaf and once that it hears again', () => {
    look();
    expect(watch.problem).toBeUndefined();
    deaf = 'eth0 is down';
    look();
    look();
    expect(watch.problem).toBe('deaf: eth0 is down');
    deaf = undefined;
    look();
    look();
    expect(watch.problem).toBeUndefined();
    expect(events).toEqual(['deaf', 'hearing_again']);
  });

  it('has a failed capture opened anew, each second until that succeeds', () => {
    let tries = 0;
    const reopen = (): void => {
      tries += 1;
      if (tries < 3) throw new Error('gone');
      watch.opened();
    };
    watch.failed(new Error('gone'));
    expect(watch.problem).toBe('capture failed: gone');
    for (const ms of [0, 999, 1, 999, 1, 1000]) {
      vi.advanceTimersByTime(ms);
      look(reopen);
    }
    expect(tries).toBe(3);
    expect(watch.problem).toBeUndefined();
    expect(events).toEqual(['capture_failed', 'hearing_again']);
  });
});
