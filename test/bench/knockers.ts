import { fileURLToPath } from 'node:url';
import type { Host } from '../lab/host.js';
import { linkSettings } from '../lab/link-settings.js';

export interface KnockersOptions {
  readonly from: Host;
  readonly to: Host;
  /** Addresses of `from`, see test/lab/give-addresses.ts. Each knocks once. */
  readonly sources: readonly string[];
  /** From one source's first knock to the next source's, up to half of it more or less at random. */
  readonly spacingMs: number;
  /** From one knock to the next. */
  readonly gapMs: number;
  /** How often each asks at the door. */
  readonly askMs: number;
  /** After its last knock, until it takes the door for shut. */
  readonly patienceMs: number;
}

export const SEQUENCE = [6000, 7000, 8000, 9000] as const;
export const DOOR_PORT = 80;

const CHILD = fileURLToPath(new URL('knockers.child.mjs', import.meta.url));
const GRACE_MS = 20_000;

/** ms from the last SYN to being let in, by source; undefined: not let in. */
export async function knock({ from, to, ...options }: KnockersOptions): Promise<(number | undefined)[]> {
  const settings = { link: await linkSettings(from, to), sequence: SEQUENCE, door: DOOR_PORT, ...options };
  const { sources, spacingMs, gapMs, patienceMs } = options;
  await using program = from.spawn(process.execPath, [CHILD, JSON.stringify(settings)]);
  const timeoutMs = sources.length * spacingMs + SEQUENCE.length * gapMs + patienceMs + GRACE_MS;
  const [line] = await program.waitForLine(/^\[.*\]$/u, timeoutMs);
  return (JSON.parse(line) as (number | null)[]).map((ms) => ms ?? undefined);
}
