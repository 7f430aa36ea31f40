import { parseList } from './parse-list.js';
import { parsePort } from './parse-port.js';
import { ok, type Parsed, wrong } from './parsed.js';

type Port = string | number;

/** `22, 80`, one number, or a list of numbers. May be empty. */
export function parsePorts(value: Port | readonly Port[]): Parsed<readonly number[]> {
  return parseList(itemsOf(value), (item, index) => {
    const port = parsePort(String(item).trim());
    if (port !== undefined) return ok(port);
    return wrong({ what: `item ${index + 1} is not a port`, instead: 'write ports from 1 to 65535' });
  });
}

function itemsOf(value: Port | readonly Port[]): readonly Port[] {
  if (typeof value === 'string') return value.trim() === '' ? [] : value.split(',');
  return typeof value === 'number' ? [value] : value;
}
