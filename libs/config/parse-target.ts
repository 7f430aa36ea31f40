import { type Address, parseAddress } from '#address';
import { ok, type Parsed, wrong } from './parsed.js';

/** knockd's Target (knockd(1)): one address of this host. */
export function parseTarget(text: string): Parsed<Address> {
  const address = parseAddress(text.trim());
  if (address !== undefined) return ok(address);
  return wrong({ what: 'is not an IP address', instead: 'write one address of this host, without port or name' });
}
