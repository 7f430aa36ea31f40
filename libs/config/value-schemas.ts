import { z } from 'zod';
import { DURATION_FORM, parseDuration } from './parse-duration.js';
import { ok, type Parsed, wrong } from './parsed.js';
import { reading } from './reading.js';

// The `error` of a schema is what its fault says to do instead.

const MAX_COUNT = 100_000_000;

/** Milliseconds. */
export const duration = reading(
  z.union([z.string(), z.number()], { error: DURATION_FORM }),
  (value): Parsed<number> => {
    const ms = parseDuration(value);
    return ms === undefined ? wrong({ what: 'is not a duration', instead: DURATION_FORM }) : ok(ms);
  },
);

const PORT_NUMBER = z.number().meta({ type: 'integer', minimum: 1, maximum: 65_535 });

/** Text or a number, or a list of these, for a reader that takes ports and knows better what is wrong with one. */
export function ports(error: string) {
  const list = z.array(z.union([z.string(), PORT_NUMBER], { error }));
  return z.union([z.string(), PORT_NUMBER, list], { error });
}

export const filePath = z.string({ error: 'write the path of a file' }).min(1, { error: 'write the path of a file' });

export function command(description: string) {
  return z.string({ error: 'write a command line' }).meta({ description });
}

export function oneOf<const W extends readonly [string, ...string[]]>(...words: W) {
  const [last, ...others] = words.toReversed();
  return z.enum(words, { error: `use ${others.toReversed().join(', ')} or ${last}` });
}

const COUNT = { error: 'write a whole number from 1 to 100000000' };
const countSchema = z.int(COUNT).min(1, COUNT).max(MAX_COUNT, COUNT);

export function count(preset: number, description: string) {
  return countSchema.default(preset).meta({ description });
}

/** @param description says what it is without being written */
export function optionalCount(description: string) {
  return countSchema.optional().meta({ description });
}
