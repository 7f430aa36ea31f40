import type { DoorSettings } from '#config';
import type { GateRights, HidingPlace } from '#kernel';

/** How a door's port is hidden, and why that way. */
export interface HidingChoice {
  readonly hide: 'closed' | 'filtered' | 'reset';
  /** Where in the kernel; undefined: not there, but at accept. */
  readonly place: HidingPlace | undefined;
  readonly because: string;
}

/** A mode that the config names cannot be had; the text says why and what helps. */
export interface HidingRefused {
  readonly hide: undefined;
  readonly because: string;
}

const CLOSED = 'the kernel answers as for a port at which nothing listens, and ends a grant by itself';
const FILTERED = 'the kernel drops the packets of who has no grant, and ends a grant by itself';
const RESET = 'connections without a grant are reset at accept, so a scan sees an open port';

/**
 * What a door gets of what can be had here. `auto`: the best; a mode that is named: that one or a refusal.
 * @param means what the kernel let us have, or one reason why it let us have nothing
 */
export function chooseHiding(wish: DoorSettings['hide'], means: GateRights | Error): HidingChoice | HidingRefused {
  if (wish === 'reset') return { hide: 'reset', place: undefined, because: RESET };
  const { steer, lookup, filter } = means instanceof Error ? { steer: means, lookup: means, filter: means } : means;
  if (wish !== 'filtered' && lookup === undefined && filter === undefined) {
    return steer === undefined
      ? { hide: 'closed', place: 'steer', because: CLOSED }
      : { hide: 'closed', place: 'drop', because: CLOSED };
  }
  if (wish !== 'closed' && filter === undefined) {
    const because = wish === 'auto' ? `${FILTERED}; closed: ${cure(lookup!)}` : FILTERED;
    return { hide: 'filtered', place: 'filter', because };
  }
  const why = cure(wish === 'filtered' ? filter! : (lookup ?? filter)!);
  if (wish === 'auto') return { hide: 'reset', place: undefined, because: `${RESET}; better: ${why}` };
  return { hide: undefined, because: `hide: ${wish} cannot be had: ${why}` };
}

function cure(error: NodeJS.ErrnoException): string {
  switch (error.code ?? '') {
    case 'EPERM':
      return (
        'the kernel lets us load no eBPF program (EPERM); start it as root, or with CAP_BPF and CAP_NET_ADMIN' +
        ' (docs/hiding.md says how with systemd and Docker)'
      );
    case 'EINVAL':
    case 'ENOSYS':
      return `this kernel does not know how (${error.code}); Linux 5.9 does, with CONFIG_BPF_SYSCALL`;
    case 'ENOMEM':
      return 'the kernel has no memory for the map of grants (ENOMEM); lower limits.grants';
    default:
      return error.message;
  }
}
