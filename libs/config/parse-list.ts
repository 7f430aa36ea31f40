import { type Flaw, ok, type Parsed, wrong } from './parsed.js';

/** Every item's value, or every item's flaw. */
export function parseList<I, T>(items: readonly I[], parse: (item: I, index: number) => Parsed<T>): Parsed<T[]> {
  const values: T[] = [];
  const flaws: Flaw[] = [];
  for (const [item, each] of items.entries()) {
    const parsed = parse(each, item);
    if (parsed.kind === 'ok') values.push(parsed.value);
    else flaws.push(...parsed.flaws.map(({ what, instead }) => ({ what, instead, item })));
  }
  return flaws.length === 0 ? ok(values) : wrong(...flaws);
}
