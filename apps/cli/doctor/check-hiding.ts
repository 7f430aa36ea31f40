import { release } from 'node:os';
import type { DoorSettings } from '#config';
import { hasCapability } from '#kernel';
import { HideUnavailable, type Hiding } from '../../gateway/index.js';
import type { Check, Subject } from './check.js';
import { moreRights } from './check-rights.js';
import { asHidden } from './door-wish.js';
import { type Finding, findingsOn } from './finding.js';

const { ok, warning, fault } = findingsOn('hiding');

type Choice = ReturnType<Hiding['choose']>;

/** What each door gets of what its config asks for, as the gateway finds it out at its start. */
export const checkHiding: Check = {
  topic: 'hiding',
  role: 'gateway',
  look(subject) {
    const { hiding, settings } = subject;
    if (hiding === undefined) return [];
    const cure = cureFor(subject);
    const each = settings.doors.map((door) => judgeHiding(asHidden(door), outcome(door, hiding), cure));
    return [canHere(settings.doors[0]!, hiding), ...each];
  },
};

/** @param choice a text: why the mode that the config names cannot be had */
export function judgeHiding(
  { name, hide }: Pick<DoorSettings, 'name' | 'hide'>,
  choice: Choice | string,
  cure: string,
): Finding {
  if (typeof choice === 'string') return fault(choice, cure);
  const what = `door ${name}: ${choice.hide}: ${choice.because}`;
  return hide !== 'auto' || choice.hide === 'closed' ? ok(what) : warning(what, cure);
}

function canHere(door: DoorSettings, hiding: Hiding): Finding {
  const modes = (['closed', 'filtered', 'reset'] as const).filter(
    (hide) => typeof outcome({ ...door, hide }, hiding) !== 'string',
  );
  return ok(`this host (${release()}) can do, for this user: ${modes.join(', ')}`);
}

function outcome(door: DoorSettings, hiding: Hiding): Choice | string {
  try {
    return hiding.choose(asHidden(door));
  } catch (error) {
    if (error instanceof HideUnavailable) return error.message;
    throw error;
  }
}

function cureFor(subject: Subject): string {
  const may = process.platform === 'linux' && (hasCapability('BPF') || hasCapability('SYS_ADMIN'));
  return may
    ? 'uname -r # Linux 5.19 or newer with CONFIG_BPF_SYSCALL can do closed; docs/hiding.md'
    : moreRights(subject);
}
