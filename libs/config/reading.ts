import { z } from 'zod';
import { notYet } from './not-yet.js';
import { ok, type Parsed, wrong } from './parsed.js';

/** A zod schema that hands what `input` accepts to one of our readers; its flaws become issues (see issue-flaw.ts). */
export function reading<S extends z.ZodType, T>(input: S, parse: (value: z.output<S>) => Parsed<T>) {
  const transform = z.transform((value: z.output<S>, context): T => {
    const parsed = parse(value);
    if (parsed.kind === 'ok') return parsed.value;
    for (const { what, instead, item } of parsed.flaws) {
      context.issues.push({
        code: 'custom',
        message: what,
        params: { instead },
        input: value,
        path: item === undefined ? [] : [item],
      });
    }
    return z.NEVER;
  });
  return z.pipe(input, transform);
}

/** The same values, less those that this version refuses for this key. */
export function available<S extends z.ZodType>(key: string, input: S) {
  return reading(input, (value): Parsed<z.output<S>> => {
    const refusal = notYet(key, value);
    return refusal === undefined ? ok(value) : wrong(refusal);
  });
}
