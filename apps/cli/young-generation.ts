import { setFlagsFromString } from 'node:v8';

// V8 looks at it each time that the young generation may grow, so it can be set when V8 has long begun.
const FACTOR = '--semi-space-growth-factor';

/**
 * Keeps V8's young generation at its first size. Start-up makes garbage of some tens of MB in a moment, for which V8 would
 * give it room, and keep that until the process has been idle for long.
 */
export function keepSmall(): void {
  setFlagsFromString(`${FACTOR}=1`);
}

/** Lets it grow when there is need, as by default: who forwards has need. */
export function letGrow(): void {
  setFlagsFromString(`${FACTOR}=2`);
}
