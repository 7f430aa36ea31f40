import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttemptTable, type Step } from '#knock';
import { TcpFlag } from '#wire';
import { opensAlong } from './opens-along.js';

const steps = (text: string): Step[] =>
  text.split(' ').map((word) => ({ port: Number.parseInt(word, 10), protocol: word.endsWith('u') ? 'udp' : 'tcp' }));

/** Whether the attempt table opens a door of `sequence` for these knocks. */
function tableOpens(knocked: readonly Step[], sequence: readonly Step[]): boolean {
  const table = new AttemptTable({ first: 9, advanced: 9 }, 1);
  table.setDoors([{ name: 'A', sequence, seqTimeoutMs: 1000, tcpFlags: { set: TcpFlag.SYN, clear: 0 } }]);
  let opened = false;
  for (const [index, { port, protocol }] of knocked.entries()) {
    const packet = { protocol, source: { a: 0, b: 0, c: 0xffff, d: 1 }, sourcePort: 1, destinationPort: port };
    table.observe({ ...packet, flags: TcpFlag.SYN, fingerprint: index }, 0, ({ kind }) => {
      opened ||= kind === 'opened';
    });
  }
  return opened;
}

describe('opensAlong', () => {
  it.each([
    ['1 2 3', '1 2 3'],
    ['1 2 3 4', '1 2'],
    ['1 2 3 4', '2 3'],
    ['1 2 3 4', '3 4'],
    ['1 2 9u 3', '2 3'],
    ['1 2 2 3', '2 3'],
    ['1 2 1 2 3', '1 2 3'],
  ])('%s opens %s', (knocked, sequence) => {
    expect(opensAlong(steps(knocked), steps(sequence))).toBe(true);
  });

  it.each([
    ['1 2 3 4', '2 4'],
    ['1 2', '1 2 3'],
    ['1 2 3', '3 2'],
    ['1 2u 3', '1 2 3'],
    ['1 9u 2', '1 2 3u'],
  ])('%s does not open %s', (knocked, sequence) => {
    expect(opensAlong(steps(knocked), steps(sequence))).toBe(false);
  });

  it('says what the attempt table does', () => {
    const step = fc.record({
      port: fc.integer({ min: 1, max: 3 }),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    });
    const sequence = fc.array(step, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), sequence, (knocked, door) => {
        expect(opensAlong(knocked, door)).toBe(tableOpens(knocked, door));
      }),
      { numRuns: 3000 },
    );
  });
});
