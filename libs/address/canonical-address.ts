import { formatAddress } from './format-address.js';
import { parseAddress } from './parse-address.js';

/** The canonical text (see `formatAddress`) of an address in any spelling that `parseAddress` takes, or undefined. */
export function canonicalAddress(text: string): string | undefined {
  const address = parseAddress(text);
  return address === undefined ? undefined : formatAddress(address);
}
