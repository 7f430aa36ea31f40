import type { Step } from '#knock';
import { parseList } from './parse-list.js';
import { parsePort } from './parse-port.js';
import { ok, type Parsed, wrong } from './parsed.js';

const MAX_STEPS = 64;
const STEP = /^\s*(\d+)\s*(?::\s*(tcp|udp))?\s*$/i;

/**
 * knockd's Sequence (knockd(1)), `6000,7000:udp,8000`, or the same as a list; TCP where no protocol is said.
 * Stricter than knockd, whose atoi takes words as 0 and lets large numbers wrap.
 * SECURITY: the sequence is the secret of a door. No text from here may hold any part of it.
 */
export function parseSequence(value: string | number | readonly (string | number)[]): Parsed<readonly Step[]> {
  const items = typeof value === 'object' ? value : String(value).split(',');
  if (items.length === 0 || (items.length === 1 && String(items[0]).trim() === '')) {
    return wrong({ what: 'is empty', instead: 'write at least one port' });
  }
  if (items.length > MAX_STEPS) {
    return wrong({ what: `has ${items.length} steps`, instead: `write at most ${MAX_STEPS}` });
  }
  return parseList(items, (item, index) => parseStep(String(item), `step ${index + 1} of ${items.length}`));
}

function parseStep(text: string, which: string): Parsed<Step> {
  const [, digits, protocol = 'tcp'] = STEP.exec(text) ?? [];
  const port = parsePort(digits ?? '');
  if (port !== undefined) return ok({ port, protocol: protocol.toLowerCase() === 'udp' ? 'udp' : 'tcp' });
  return wrong({
    what: `${which} is not a port`,
    instead: 'write a port from 1 to 65535, with :tcp or :udp after it if need be',
  });
}
