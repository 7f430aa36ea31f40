import fc from 'fast-check';
import type { Step } from '#knock';
import { type Door, SERVED } from './trace.js';

/** Few ports, so that doors share them, beside ports that are ignored or served and yet knocked at. */
const port = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1001, 1002, 1003, 1004, 1005, 1006) },
  { weight: 1, arbitrary: fc.constantFrom(443, SERVED.tcp) },
);
const protocols = {
  tcp: fc.constant('tcp' as const),
  mixed: fc.constantFrom('tcp' as const, 'tcp' as const, 'udp' as const),
  udp: fc.constant('udp' as const),
};
const weigh = (weight: number, ...words: string[]) => ({ weight, arbitrary: fc.constant(words) });
const tcpFlags = fc.oneof(
  weigh(6),
  weigh(6, 'syn'),
  weigh(2, 'syn', '!ack'),
  weigh(2, '!ack'),
  weigh(1, 'fin', '!syn'),
  weigh(1, 'ack', '!rst', '!psh'),
  weigh(1, 'rst'),
);
const length = fc.oneof(
  { weight: 1, arbitrary: fc.constant(1) },
  { weight: 12, arbitrary: fc.integer({ min: 2, max: 4 }) },
  { weight: 4, arbitrary: fc.integer({ min: 5, max: 6 }) },
);

const sequence: fc.Arbitrary<Step[]> = fc
  .tuple(fc.constantFrom('tcp' as const, 'tcp' as const, 'mixed' as const, 'mixed' as const, 'udp' as const), length)
  .chain(([style, steps]) =>
    fc.array(fc.record({ port, protocol: protocols[style] }), { minLength: steps, maxLength: steps }),
  );

/** Doors of one config, at most one of which opens by a single knock: more would leave little to tell. */
export const doorsArbitrary: fc.Arbitrary<Door[]> = fc
  .array(fc.record({ sequence, tcpFlags, seqTimeoutS: fc.constantFrom(1, 1, 2, 3) }), { minLength: 2, maxLength: 4 })
  .filter((doors) => doors.filter((door) => door.sequence.length === 1).length < 2)
  .filter((doors) => doors.some((door) => door.sequence.length > 2))
  .map((doors) => doors.map((door, index) => ({ ...door, name: 'ABCD'[index]! })));
