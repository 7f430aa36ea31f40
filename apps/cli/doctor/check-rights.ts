import type { Settings } from '#config';
import { type Capability, hasCapability, rawRefused } from '#kernel';
import { type Check, ROLES, type Subject } from './check.js';
import { type Finding, findingsOn } from './finding.js';
import { startAsRoot } from './start-as-root.js';

const { ok, warning, fault, skipped } = findingsOn('rights');

/** Who asks, and what the system lets them. */
export interface Rights {
  readonly euid: number;
  readonly has: (capability: Capability) => boolean;
  /** The system's error code to opening a raw socket; undefined: it may be opened. */
  readonly rawRefused: string | undefined;
}

export const checkRights: Check = {
  topic: 'rights',
  look(subject) {
    if (process.platform !== 'linux') return [skipped(`capabilities are Linux's, and this is ${process.platform}`)];
    return judgeRights(subject, { euid: process.geteuid!(), has: hasCapability, rawRefused: rawRefused('raw')?.code });
  },
};

/** What knockgate could do if it were started by whoever runs this. */
export function judgeRights(subject: Omit<Subject, 'hiding'>, rights: Rights): Finding[] {
  const roles: readonly string[] = ROLES[subject.command];
  return [
    ...(roles.includes('listener') ? [toHear(subject, rights)] : []),
    ...(roles.includes('gateway') ? [...toHide(subject, rights), ...toLeave(subject.settings, rights)] : []),
  ];
}

function toHear(subject: Omit<Subject, 'hiding'>, { rawRefused: code }: Rights): Finding {
  if (code === undefined) return ok('CAP_NET_RAW: knocks can be heard');
  return fault(
    `CAP_NET_RAW: this user may open no raw socket (${code}), so the listener would not start`,
    `${startAsRoot(subject)} # or: sudo setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")"`,
  );
}

function toHide(subject: Omit<Subject, 'hiding'>, { has }: Rights): Finding[] {
  if (subject.settings.doors.every(({ hide }) => hide === 'reset'))
    return [ok('CAP_BPF, CAP_NET_ADMIN: not needed, as hide: reset')];
  return (['BPF', 'NET_ADMIN'] as const).map((name) => {
    if (has(name) || has('SYS_ADMIN')) return ok(`CAP_${name}: ${MEANS[name].here}`);
    return warning(`CAP_${name} is missing: ${MEANS[name].lacking}`, moreRights(subject));
  });
}

const MEANS = {
  BPF: { here: 'the kernel can hide ports for the gateway', lacking: 'the kernel hides no port for the gateway' },
  NET_ADMIN: {
    here: 'a hidden port listens nowhere but on loopback',
    lacking: 'a hidden port listens where its door is, and below 1024 that wants a right of its own',
  },
} as const;

/** As root, or as a unit's setting for whoever starts it otherwise than by hand. */
export function moreRights(subject: Pick<Subject, 'command' | 'options'>): string {
  return `${startAsRoot(subject)} # or in its unit: AmbientCapabilities=CAP_BPF CAP_NET_ADMIN`;
}

/** Root that may not become another user does not start. */
function toLeave({ user }: Settings, { euid, has }: Rights): Finding[] {
  if (euid !== 0 || user === 'root' || (has('SETUID') && has('SETGID'))) return [];
  const what = `CAP_SETUID, CAP_SETGID: root here may not become ${user}, so the gateway would not start`;
  return [fault(what, 'add both capabilities (cap_add: [SETUID, SETGID]), or write user: root in the config')];
}
