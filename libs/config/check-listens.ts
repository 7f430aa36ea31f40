import { shownName } from './door-name.js';
import type { Findings } from './findings.js';
import { type ListenAddress, overlaps } from './listen-address.js';
import type { Place } from './place.js';

/** One user of public ports: a door, or the console. */
export interface Listener {
  readonly name: string;
  readonly place: Place;
  readonly listen: readonly ListenAddress[];
}

/** Tells of every listener whose address an earlier one has. The address is not named: it may be a step somewhere. */
export function checkListens(listeners: readonly Listener[], findings: Findings): void {
  for (const [index, later] of listeners.entries()) {
    const earlier = listeners.slice(0, index).find((each) => clash(each, later));
    if (earlier === undefined) continue;
    const { file, line } = earlier.place;
    const what = `has an address that ${shownName(earlier.name)} has too (${file}:${line})`;
    findings.fault(later.place, what, 'give each its own port or address');
  }
}

function clash(x: Listener, y: Listener): boolean {
  return x.listen.some((one) => y.listen.some((other) => overlaps(one, other)));
}
