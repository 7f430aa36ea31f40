import { type Cidr, parseCidr } from '#address';
import { parseList } from './parse-list.js';
import { ok, type Parsed, wrong } from './parsed.js';

/** One block or a list of blocks; may be empty. */
export function parseCidrs(value: string | readonly string[]): Parsed<readonly Cidr[]> {
  const items = typeof value === 'string' ? [value] : value;
  return parseList(items, (item, index) => {
    const cidr = parseCidr(item.trim());
    if (cidr !== undefined) return ok(cidr);
    return wrong({
      what: `item ${index + 1} of ${items.length} is not an address block`,
      instead: 'write CIDRs like 10.0.0.0/8 or 2001:db8::/32, with no bit set after the prefix',
    });
  });
}
