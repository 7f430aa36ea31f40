import { formatAddress } from './format-address.js';
import { parseAddress } from './parse-address.js';
import { parseIPv4 } from './parse-ipv4.js';

const MAPPED = '::ffff:';

/** The canonical text (see `formatAddress`) of an address in any spelling that `parseAddress` takes, or undefined. */
export function canonicalAddress(text: string): string | undefined {
  // as Node spells the clients of an IPv4 and of a dual-stack socket: strict dotted decimal is canonical as it is
  const dotted = text.startsWith(MAPPED) ? text.slice(MAPPED.length) : text;
  if (parseIPv4(dotted) !== undefined) return dotted;
  const address = parseAddress(text);
  return address === undefined ? undefined : formatAddress(address);
}
