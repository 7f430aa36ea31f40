import type { Address } from './address.js';
import { parseIPv4 } from './parse-ipv4.js';

const GROUP = /^[0-9a-f]{1,4}$/i;
const GROUPS = 8;

/** The text forms of RFC 4291, 2.2: eight groups, one `::`, the last two groups as dotted IPv4; else undefined. */
export function parseIPv6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length === 1) return fromGroups(parseGroups(text, true));
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0]!, false);
  const tail = parseGroups(halves[1]!, true);
  if (head === undefined || tail === undefined) return undefined;
  // `::` stands for one or more groups (RFC 4291, 2.2).
  const zeros = GROUPS - head.length - tail.length;
  if (zeros < 1) return undefined;
  return fromGroups([...head, ...Array<number>(zeros).fill(0), ...tail]);
}

function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const embedded = last && index === parts.length - 1 ? parseIPv4(part) : undefined;
    if (embedded !== undefined) groups.push(embedded >>> 16, embedded & 0xffff);
    else if (GROUP.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function fromGroups(groups: readonly number[] | undefined): Address | undefined {
  if (groups?.length !== GROUPS) return undefined;
  return { a: word(groups, 0), b: word(groups, 2), c: word(groups, 4), d: word(groups, 6) };
}

function word(groups: readonly number[], at: number): number {
  return ((groups[at]! << 16) | groups[at + 1]!) >>> 0;
}
