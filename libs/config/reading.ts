import { z } from 'zod';
import type { Parsed } from './parsed.js';

/** A zod schema that hands what `input` accepts to one of our readers; its flaws become issues (see issue-flaw.ts). */
export function reading<S extends z.ZodType, T>(input: S, parse: (value: z.output<S>) => Parsed<T>) {
  const transform = z.transform((value: z.output<S>, context): T => {
    if (context.issues.length > 0) return z.NEVER; // an unknown key alone does not keep zod from coming here
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
