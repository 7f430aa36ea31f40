import { describe, expect, it } from 'vitest';
import { parseFromWorker } from './parse-from-worker.js';

const FIGURES = { door: 'HTTP', allowed: 5, denied: 4, connections: 3, open: 2, bytesIn: 1, bytesOut: 9 };
const LOAD = {
  residentBytes: 7,
  heapUsedBytes: 3,
  externalBytes: 2,
  loopDelayP50Seconds: 0.25,
  loopDelayP99Seconds: 0.5,
  loopDelayMaxSeconds: 1.5,
};
const REPORT = { kind: 'report', fresh: true, doors: [FIGURES], load: LOAD };

describe('parseFromWorker', () => {
  it.each([
    [REPORT],
    [{ kind: 'done', id: 4, connections: 2 }],
    [{ kind: 'revoke', request: 3, key: { door: 'HTTP', ip: '203.0.113.7' } }],
    [{ kind: 'crashed', reason: 'a fault of ours' }],
  ])('takes what a worker says: %j', (message) => expect(parseFromWorker(message)).toEqual(message));

  it.each([[null], [undefined], ['report'], [7], [[]], [{}], [{ kind: 'toString' }], [{ kind: { kind: 'report' } }]])(
    'takes %j for nothing',
    (message) => expect(parseFromWorker(message)).toBeUndefined(),
  );

  it.each([[-1], [Number.NaN], ['9'], [null], [{}], [undefined], [[1]]])('a count that is %j is 0', (value) => {
    expect(
      parseFromWorker({ ...REPORT, load: { residentBytes: value }, doors: [{ ...FIGURES, open: value }] }),
    ).toMatchObject({
      load: { residentBytes: 0, heapUsedBytes: 0, loopDelayMaxSeconds: 0 },
      doors: [{ open: 0 }],
    });
  });

  it('bounds what is large, and takes no fraction of a count', () => {
    const report = parseFromWorker({
      ...REPORT,
      load: { residentBytes: Infinity, heapUsedBytes: 1.5 },
      doors: [{ ...FIGURES, open: 1.5 }],
    });
    expect(report).toMatchObject({ load: { residentBytes: 2 ** 43, heapUsedBytes: 1 }, doors: [{ open: 1 }] });
    const many = Array.from({ length: 5000 }, (_, i) => ({ ...FIGURES, door: `d${i}` }));
    const { doors } = parseFromWorker({ ...REPORT, doors: many }) as unknown as { doors: unknown[] };
    expect(doors).toHaveLength(1000);
  });

  it.each([[null], ['7'], [undefined]])('a load that is %j is none', (load) => {
    expect(parseFromWorker({ ...REPORT, load })).toMatchObject({ load: { residentBytes: 0, loopDelayP99Seconds: 0 } });
  });

  it('counts a door once, and leaves out what names none', () => {
    const doors = [FIGURES, { ...FIGURES, open: 1000 }, null, { door: 7 }, 'HTTP'];
    expect(parseFromWorker({ ...REPORT, doors })).toMatchObject({ doors: [FIGURES] });
    expect(parseFromWorker({ ...REPORT, doors: 'none' })).toMatchObject({ doors: [] });
  });

  it('makes one line of a last word, and not a long one', () => {
    const { reason } = parseFromWorker({ kind: 'crashed', reason: `a\n\u001B[31mb${'c'.repeat(9999)}` }) as {
      reason: string;
    };
    expect(reason).toMatch(/^a\\u000a\\u001b\[31mbc+$/u);
    expect(reason.length).toBeLessThan(3000);
    expect(parseFromWorker({ kind: 'crashed', reason: 1 })).toEqual({ kind: 'crashed', reason: 'it did not say why' });
  });
});
