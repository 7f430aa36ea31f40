import type { Step } from '#knock';
import type { Flaw } from './parsed.js';

const FEWEST = 4;
const ANOTHER = 'make up one of 4 or more ports, in no order and far apart';

/** By ports alone: what a manual shows is tried with every protocol. */
const WELL_KNOWN: ReadonlySet<string> = new Set([
  // knockd(1), and the /etc/knockd.conf that Debian ships
  '7000,8000,9000',
  '9000,8000,7000',
  '2222,3333,4444',
  '12345,54321,24680,13579',
  // knock(1)
  '123,456,789',
  '8284,4721,18592,42912',
  // the recipe "port knocking HTTP"
  '6000,7000,8000,9000',
  // our own samples
  '7341,6120,9853,8264',
]);

/**
 * Why a sequence is easily guessed, all reasons in one; undefined if nothing speaks against it.
 * SECURITY: the flaw says what kind of sequence it is, never a port of it.
 */
export function sequenceWeakness(steps: readonly Step[]): Flaw | undefined {
  const ports = steps.map(({ port }) => port);
  if (WELL_KNOWN.has(ports.join(','))) return { what: 'is one that manuals and samples show', instead: ANOTHER };
  const reasons = [orderOf(ports), ports.length < FEWEST ? `has fewer than ${FEWEST} ports` : undefined];
  const said = reasons.filter((reason) => reason !== undefined);
  return said.length === 0 ? undefined : { what: said.join(' and '), instead: ANOTHER };
}

/** A scanner goes up or down, and sends to each port more than once. */
function orderOf(ports: readonly number[]): string | undefined {
  const [first, ...others] = ports;
  if (others.length === 0) return undefined;
  if (others.every((port) => port === first)) return 'knocks at one port only';
  if (others.every((port, index) => port >= ports[index]!)) return 'is in ascending order';
  return others.every((port, index) => port <= ports[index]!) ? 'is in descending order' : undefined;
}
