import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortSet } from '#knock';
import { inFolder, linesOf } from './load.fixture.js';
import { loadSettings } from './load-settings.js';

type Keys = Readonly<Record<string, string>>;

/** What is told of doors with these keys, each on a line of its own. */
function told(doors: Readonly<Record<string, Keys>>, { served = new PortSet(), files = {} }: Told = {}): string[] {
  return inFolder((cwd) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    const texts = Object.entries(doors).map(([name, keys], index) => {
      const all = { upstream: 'sample', listen: `127.0.0.1:${index + 80}`, ...keys };
      return `  ${name}:\n${Object.entries(all)
        .map(([key, value]) => `    ${key}: ${value}\n`)
        .join('')}`;
    });
    writeFileSync(join(cwd, 'knockgate.yaml'), `ignore_ports: []\ndoors:\n${texts.join('')}`);
    const loaded = loadSettings({ env: {}, cwd, hears: true, served });
    return linesOf(loaded).map((line) => line.replaceAll(`${cwd}/`, ''));
  });
}

interface Told {
  readonly served?: PortSet;
  readonly files?: Keys;
}

const GOOD = '5001,9003,2002,7004';
const OTHER = '6001,9103,2102,7104';
const ANOTHER = 'make up one of 4 or more ports, in no order and far apart';

describe('lintDoors', () => {
  it('has nothing to tell of sequences that are hard to guess', () => {
    const files = { seq: '# mine\n#1,2\n4001,8003,1002,6004\n4011,8013,1012,6014\n' };
    expect(
      told({ A: { sequence: GOOD }, B: { sequence: OTHER }, C: { one_time_sequences: 'seq' } }, { files }),
    ).toEqual([]);
  });

  it('tells of one that is easily guessed, in its own line', () => {
    expect(told({ A: { sequence: GOOD }, B: { sequence: '1001,2002,3003,4004' } })).toEqual([
      `knockgate.yaml:10: doors.B.sequence: is in ascending order; ${ANOTHER}`,
    ]);
  });

  it.each([
    ['TCP', GOOD, new PortSet().add('tcp', 2002), true],
    ['UDP', '5001,9003,2002:udp,7004', new PortSet().add('udp', 2002), true],
    ['the other protocol', GOOD, new PortSet().add('udp', 2002), false],
  ])('tells of a port at which this host serves: %s', (_protocol, sequence, served, warns) => {
    const line =
      'knockgate.yaml:6: doors.A.sequence: has a port in it at which this host serves; use ports at which it serves nothing';
    expect(told({ A: { sequence } }, { served })).toEqual(warns ? [line] : []);
  });

  it('tells of a port that another door listens on, whether it runs or not', () => {
    expect(told({ A: { sequence: GOOD }, B: { sequence: OTHER, listen: '127.0.0.1:2002' } })).toEqual([
      expect.stringMatching(/^knockgate.yaml:6: doors.A.sequence: has a port in it at which this host serves; /u),
    ]);
  });

  it('tells of two doors with one sequence, naming both places', () => {
    expect(told({ A: { sequence: GOOD }, B: { sequence: OTHER }, C: { sequence: GOOD } })).toEqual([
      'knockgate.yaml:14: doors.C.sequence: is the sequence of A (knockgate.yaml:6) too, so one knock opens both; ' +
        'give each door its own, unless this is meant',
    ]);
  });

  it.each([
    ['its beginning', `${GOOD},3005`],
    ['its end', `3005,${GOOD}`],
    ['its middle, with a knock of another protocol in between', '3005,5001,9003,53:udp,2002,7004,3007'],
  ])("tells of a sequence inside another door's: %s", (_where, outer) => {
    expect(told({ A: { sequence: GOOD }, B: { sequence: outer } })).toEqual([
      'knockgate.yaml:6: doors.A.sequence: stands inside the sequence of B (knockgate.yaml:10), ' +
        'so a knock there opens this door too; give each door ports of its own',
    ]);
  });

  it('has nothing to tell of one that another door only has the ports of', () => {
    expect(told({ A: { sequence: GOOD }, B: { sequence: '5001,9003,3005,2002,7004' } })).toEqual([]);
  });

  it('tells of each one-time sequence, with its line in the file', () => {
    const files = { seq: `# mine\n${OTHER}\n1,2,3,4\n#1,2,3,4\n4001,8003,1002,6004\n${OTHER}\n5001,9003,2002,7004\n` };
    const served = new PortSet().add('tcp', 1002);
    expect(told({ A: { sequence: GOOD }, B: { one_time_sequences: 'seq' } }, { served, files })).toEqual([
      `seq:3: is in ascending order; ${ANOTHER}`,
      'seq:5: has a port in it at which this host serves; use ports at which it serves nothing',
      'seq:6: is on line 2 too, and works once in all; remove one of the two',
      'seq:7: is the sequence of A (knockgate.yaml:6) too, so one knock opens both; ' +
        'give each door its own, unless this is meant',
    ]);
  });

  it('tells of a one-time sequence inside a lasting one, and the other way round', () => {
    const files = { seq: `3005,5001,9003,2002,7004\n6001,9103,2102,7104\n` };
    const doors = {
      A: { sequence: GOOD },
      B: { one_time_sequences: 'seq' },
      C: { sequence: '6001,9103,2102,7104,3005' },
    };
    expect(told(doors, { files })).toEqual([
      expect.stringMatching(/^knockgate.yaml:6: .*stands inside the sequence of B \(seq:1\)/u),
      expect.stringMatching(/^seq:2: stands inside the sequence of C \(knockgate.yaml:14\)/u),
    ]);
  });

  it('tells of two doors with one file, once', () => {
    const keys = { one_time_sequences: 'seq' };
    expect(told({ A: keys, B: keys }, { files: { seq: `${GOOD}\n${OTHER}\n` } })).toEqual([
      'knockgate.yaml:10: doors.B.one_time_sequences: is the file of A (knockgate.yaml:6) too, so one knock opens both; ' +
        'give each door its own file',
    ]);
  });

  it('says nothing where it is not asked', () => {
    inFolder((cwd) => {
      const door = '{ sequence: "1,2", listen: 80, upstream: sample }';
      writeFileSync(join(cwd, 'knockgate.yaml'), `doors:\n  A: ${door}\n  B: ${door.replace('80', '81')}\n`);
      expect(linesOf(loadSettings({ env: {}, cwd, hears: true }))).toEqual([]);
    });
  });

  it('never shows a port', () => {
    // in no line number and no text, whatever of them is cut off
    const secret = fc.constantFrom(51_413, 53_713, 57_173, 58_313);
    const sequence = fc.array(secret, { minLength: 1, maxLength: 5 }).map((ports) => ports.join(','));
    const served = new PortSet().add('tcp', 51_413).add('tcp', 57_173);
    let lints = 0;
    fc.assert(
      fc.property(sequence, sequence, fc.array(sequence, { minLength: 1, maxLength: 4 }), (one, other, once) => {
        const files = { seq: once.join('\n') };
        const doors = { A: { sequence: one }, B: { sequence: other }, C: { one_time_sequences: 'seq' } };
        const lines = told(doors, { served, files });
        lints += lines.length;
        expect(lines.join('\n')).not.toMatch(/5141|1413|5371|3713|5717|7173|5831|8313/u);
      }),
    );
    expect(lints).toBeGreaterThan(0);
  });
});
