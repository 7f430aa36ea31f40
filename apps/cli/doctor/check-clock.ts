import { clockSynchronised } from '#kernel';
import type { Check } from './check.js';
import { type Finding, findingsOn } from './finding.js';

const { ok, warning, skipped } = findingsOn('clock');

/** Whether the times in logs are right. Grants do not hang on it: their time is the store's, counted here by a clock that never jumps. */
export const checkClock: Check = {
  topic: 'clock',
  look: () => [process.platform === 'linux' ? judgeClock(clockSynchronised()) : skipped('adjtimex(2) is Linux')],
};

export function judgeClock(synchronised: boolean): Finding {
  if (synchronised) return ok('kept right, by NTP or the like');
  const what = 'nothing keeps it right: grants are not touched by that, but the times in the log may be wrong';
  return warning(what, 'sudo timedatectl set-ntp true # or, without systemd: sudo apt-get install chrony');
}
