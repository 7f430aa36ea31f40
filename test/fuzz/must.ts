import { inspect, isDeepStrictEqual } from 'node:util';

/** What ought to hold, and does not. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** @param rule what must hold; the same rule broken is the same fault @throws Broken */
export function must(rule: string, holds: boolean, found?: unknown): asserts holds {
  if (!holds) throw new Broken(found === undefined ? rule : `${rule}: ${shown(found)}`);
}

/** @throws Broken */
export function mustEqual(rule: string, found: unknown, expected: unknown): void {
  must(rule, isDeepStrictEqual(found, expected), { found, expected });
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : inspect(value, { depth: 8, maxStringLength: 2000 });
}
