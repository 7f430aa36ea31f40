import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sequenceWeakness } from './sequence-weakness.js';

const steps = (...ports: number[]) => ports.map((port) => ({ port, protocol: 'tcp' as const }));
const port = fc.integer({ min: 1, max: 65_535 });

describe('sequenceWeakness', () => {
  it.each([
    ['the recipe', [6000, 7000, 8000, 9000], 'is one that manuals and samples show'],
    ["knockd's sample", [7000, 8000, 9000], 'is one that manuals and samples show'],
    ["Debian's second door", [9000, 8000, 7000], 'is one that manuals and samples show'],
    ["Debian's third door", [12_345, 54_321, 24_680, 13_579], 'is one that manuals and samples show'],
    ['our own sample', [7341, 6120, 9853, 8264], 'is one that manuals and samples show'],
    ['going up', [1001, 3003, 4004, 5005], 'is in ascending order'],
    ['going up, with a repeat', [1001, 1001, 4004, 5005], 'is in ascending order'],
    ['going down', [5005, 4004, 3003, 1001], 'is in descending order'],
    ['one port', [1001, 1001, 1001, 1001], 'knocks at one port only'],
    ['short', [5001, 9003, 2002], 'has fewer than 4 ports'],
    ['a single port', [5001], 'has fewer than 4 ports'],
    ['going up and short', [1001, 2002], 'is in ascending order and has fewer than 4 ports'],
  ])('tells of %s', (_which, ports, what) => {
    expect(sequenceWeakness(steps(...ports))).toMatchObject({ what });
  });

  it("sees through knockd(1)'s sample with other protocols", () => {
    const mixed = [2222, 3333, 4444].map((each) => ({ port: each, protocol: 'udp' as const }));
    expect(sequenceWeakness(mixed)).toMatchObject({ what: 'is one that manuals and samples show' });
  });

  it('has nothing to tell of 4 or more ports that go up and down', () => {
    expect(sequenceWeakness(steps(5001, 9003, 2002, 7004))).toBeUndefined();
    const more = fc.array(port, { minLength: 1, maxLength: 60 });
    fc.assert(fc.property(more, (ports) => sequenceWeakness(steps(5001, 9003, 2002, ...ports)) === undefined));
  });

  it('never shows a port', () => {
    const secret = fc.integer({ min: 10, max: 65_535 });
    fc.assert(
      fc.property(fc.array(secret, { minLength: 1, maxLength: 8 }), (ports) => {
        const told = JSON.stringify(sequenceWeakness(steps(...ports)) ?? '');
        expect(ports.filter((each) => told.includes(String(each)))).toEqual([]);
      }),
    );
  });
});
