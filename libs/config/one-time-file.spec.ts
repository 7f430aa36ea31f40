import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOneTimeFile } from './one-time-file.js';

const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: 'tcp' }));

describe('parseOneTimeFile', () => {
  it('reads a sequence a line, past blank, used and comment lines', () => {
    const text = '# mine\n\n 7000,8000:udp \r\n#001,2\n\t# 3,4\n \t\n5,6';
    expect(parseOneTimeFile(text)).toEqual({
      entries: [
        { line: 3, steps: [...tcp(7000), { port: 8000, protocol: 'udp' }] },
        { line: 7, steps: tcp(5, 6) },
      ],
      flaws: [],
    });
  });

  it('has nothing to tell of an empty file', () => {
    expect(parseOneTimeFile('')).toEqual({ entries: [], flaws: [] });
  });

  it.each([
    ['7000,x', 'step 2 of 2 is not a port'],
    ['0,7000', 'step 1 of 2 is not a port'],
    ['7000,65536', 'step 2 of 2 is not a port'],
    ['-1', 'step 1 of 1 is not a port'],
    ['7000,', 'step 2 of 2 is not a port'],
    ['7000:icmp', 'step 1 of 1 is not a port'],
    ['7000 # mine', 'step 1 of 1 is not a port'],
    ['\u{feff}7000', 'holds a character that belongs in no sequence'],
    ['7000,\u{a0}8000', 'holds a character that belongs in no sequence'],
    [`#${' '.repeat(4094)}`, 'is longer than 4094 bytes'],
  ])('refuses the line %j and reads on', (line, what) => {
    const { entries, flaws } = parseOneTimeFile(`1,2\n${line}\n3,4\n`);
    expect(entries.map((entry) => entry.line)).toEqual([1, 3]);
    expect(flaws).toEqual([{ line: 2, what, instead: expect.any(String) }]);
  });

  it('never shows a port', () => {
    const line = fc.array(fc.integer({ min: 70_000, max: 99_999_999 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(line, (ports) => {
        const told = JSON.stringify(parseOneTimeFile(ports.join(',')).flaws);
        expect(ports.filter((port) => told.includes(String(port)))).toEqual([]);
      }),
    );
  });
});
