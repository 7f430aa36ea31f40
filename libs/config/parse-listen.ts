import { everyAddress, listenHost, type ListenAddress, overlaps } from './listen-address.js';
import { parseList } from './parse-list.js';
import { parsePort } from './parse-port.js';
import { ok, type Parsed, wrong } from './parsed.js';

const WITH_HOST = /^(?:\[([^[\]]*:[^[\]]*)\]|([^:[\]]+)):(\d+)$/;
const FORM = 'write IP:PORT like 0.0.0.0:80 or "[::]:80", or a port alone for every address';

type Item = string | number;

/** `0.0.0.0:80`, `[::]:80`, `80` (both families), or a list of these. */
export function parseListen(value: Item | readonly Item[]): Parsed<readonly ListenAddress[]> {
  const items = typeof value === 'object' ? value : [value];
  if (items.length === 0) return wrong({ what: 'is empty', instead: FORM });
  const parsed = parseList(items, (item, index) => {
    return parseItem(String(item).trim(), items.length === 1 ? '' : `item ${index + 1} of ${items.length} `);
  });
  if (parsed.kind === 'wrong') return parsed;
  const addresses = parsed.value.flat();
  return addresses.some((x, index) => addresses.slice(index + 1).some((y) => overlaps(x, y)))
    ? wrong({ what: 'has one address twice', instead: '0.0.0.0 and [::] include every other address of their family' })
    : ok(addresses);
}

function parseItem(text: string, which: string): Parsed<readonly ListenAddress[]> {
  const bare = parsePort(text);
  if (bare !== undefined) return ok(everyAddress(bare));
  const [, inBrackets, plain, digits = ''] = WITH_HOST.exec(text) ?? [];
  const host = listenHost(inBrackets ?? plain ?? '');
  const port = parsePort(digits);
  if (host !== undefined && port !== undefined) return ok([{ host, port }]);
  return wrong({ what: `${which}is not an address to listen on`, instead: FORM });
}
