import type { Step } from '#knock';

/**
 * Whether somebody who knocks `knocked` opens a door of `sequence` along the way. As the attempt table judges: packets of
 * a protocol that the door does not use do not concern it, a repeat of the step just made counts for nothing, and any
 * other port ends the attempt but may be a first knock.
 */
export function opensAlong(knocked: readonly Step[], sequence: readonly Step[]): boolean {
  let made = 0;
  for (const step of knocked) {
    if (!sequence.some(({ protocol }) => protocol === step.protocol)) continue;
    if (isSame(step, sequence[made])) made += 1;
    else if (!isSame(step, sequence[made - 1])) made = isSame(step, sequence[0]) ? 1 : 0;
    if (made === sequence.length) return true;
  }
  return false;
}

function isSame(x: Step, y: Step | undefined): boolean {
  return x.port === y?.port && x.protocol === y.protocol;
}
