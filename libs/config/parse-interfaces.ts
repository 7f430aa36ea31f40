import { parseList } from './parse-list.js';
import { ok, type Parsed, wrong } from './parsed.js';

/** linux/if.h: IFNAMSIZ, with the byte that ends it. Neither `/` nor white space may be in a name (dev_valid_name). */
const INTERFACE = /^(?!\.{1,2}$)[^\s/:]{1,15}$/;

/** Names of network interfaces. Whether there are such interfaces is not looked at. */
export function parseInterfaces(value: string | readonly string[]): Parsed<readonly string[]> {
  return parseList(typeof value === 'string' ? [value] : value, (name) => {
    if (INTERFACE.test(name.trim())) return ok(name.trim());
    return wrong({ what: 'is not the name of a network interface', instead: 'write one that `ip link` shows' });
  });
}
