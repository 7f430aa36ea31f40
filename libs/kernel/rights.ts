import { readdirSync, readFileSync } from 'node:fs';
import { arch, constants } from 'node:os';
import koffi from 'koffi';
import { libc, systemError } from './libc.js';

// linux/capability.h
const CAPABILITY = {
  DAC_READ_SEARCH: 2,
  SETGID: 6,
  SETUID: 7,
  NET_BIND_SERVICE: 10,
  NET_ADMIN: 12,
  NET_RAW: 13,
  SYS_ADMIN: 21,
  BPF: 39,
} as const;
export type Capability = keyof typeof CAPABILITY;
const CAPABILITY_BITS = 64;
const VERSION_3 = 0x20080522;
const HEADER_BYTES = 8;
/** Two of struct __user_cap_data_struct { effective, permitted, inheritable } for 64 capabilities */
const DATA = { bytes: 24, word: 12, effective: 0, permitted: 4 } as const;

// linux/prctl.h, linux/seccomp.h
const PR_SET_PDEATHSIG = 1;
const PR_GET_PDEATHSIG = 2;
const PR_SET_DUMPABLE = 4;
const PR_SET_KEEPCAPS = 8;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;
const SECCOMP_SET_MODE_FILTER = 1;
/** All threads of the process (TSYNC), without the slower mitigations that a filter brings on older kernels (SPEC_ALLOW). */
const SECCOMP_FLAGS = 1n | 4n;
const SECCOMP_RET_ALLOW = 0x7fff0000;
const SECCOMP_SYSCALL: Readonly<Record<string, number>> = { x64: 317, arm64: 277, riscv64: 277, loong64: 277 };
const BPF_RETURN = 0x06;

export interface RightsToLeave {
  /** Who to be from now on, if this process is root. */
  readonly uid: number;
  readonly gid: number;
  /** The capabilities that this thread, and no other, keeps. */
  readonly keep: readonly Capability[];
}

/** Whether this process may use a capability now (capabilities(7)). */
export function hasCapability(capability: Capability): boolean {
  return (statusField('/proc/self/status', 'CapEff') & mask([capability])) !== 0n;
}

/**
 * Gives up, for good, what this process may do beyond any user's rights: uid and groups if it is root, all capabilities
 * but those to keep, and the way to new ones through setuid programs (no_new_privs). Of a process that is not root the
 * C library has no way to lower the capabilities of other threads than this one: `threadsWithRights` tells.
 */
export function giveUpRights({ uid, gid, keep }: RightsToLeave): void {
  const deathSignal = parentDeathSignal();
  if (process.geteuid?.() === 0 && uid !== 0) {
    if (keep.length > 0) prctl(PR_SET_KEEPCAPS, 1n); // of this thread: the others lose all with their uid
    // the C library does these in all threads (nptl(7))
    process.setgroups!([]);
    process.setgid!(gid);
    process.setuid!(uid);
  }
  prctl(PR_CAP_AMBIENT, BigInt(PR_CAP_AMBIENT_CLEAR_ALL));
  setCapabilities(mask(keep));
  forbidNewRights();
  // the kernel forgets it with the uid, and whoever started us relies on it
  if (deathSignal !== 0) prctl(PR_SET_PDEATHSIG, BigInt(deathSignal));
}

/**
 * What this thread starts from now on gets none but these capabilities, also if it runs as root. Where this process may
 * not limit it (no CAP_SETPCAP) it was itself started with few.
 */
export function limitChildren(keep: readonly Capability[]): void {
  prctl(PR_SET_NO_NEW_PRIVS, 1n);
  const kept = mask(keep);
  for (let number = 0n; number < CAPABILITY_BITS; number += 1n) {
    if ((kept >> number) & 1n) continue;
    if (libc.prctl(PR_CAPBSET_DROP, number, 0n, 0n, 0n) < 0) return; // EPERM, or past the kernel's last one: EINVAL
  }
}

/** The kernel kills this process when the one that started it dies, however that dies (prctl(2), PR_SET_PDEATHSIG). */
export function dieWithParent(): void {
  if (process.platform === 'linux') prctl(PR_SET_PDEATHSIG, BigInt(constants.signals.SIGKILL));
}

/** Other processes of the same user get at neither its memory nor its descriptors (prctl(2), PR_SET_DUMPABLE; ptrace(2)). */
export function closeToOwnUser(): void {
  if (process.platform === 'linux') prctl(PR_SET_DUMPABLE, 0n);
}

/** How many threads of this process could still do more than `keep`. */
export function threadsWithRights(keep: readonly Capability[]): number {
  const allowed = mask(keep);
  return readdirSync('/proc/self/task').filter((thread) => {
    const status = `/proc/self/task/${thread}/status`;
    return (statusField(status, 'CapPrm') & ~allowed) !== 0n || statusField(status, 'NoNewPrivs') === 0n;
  }).length;
}

/** Runs something as it will be after the rights are given up, and puts them in force again. Synchronous work only. */
export function withoutRights<T>(act: () => T): T {
  const header = capabilityHeader();
  const data = Buffer.alloc(DATA.bytes);
  if (libc.capget(header, data) < 0) throw systemError('capget');
  const none = Buffer.from(data);
  for (const word of [0, DATA.word]) none.writeUInt32LE(0, word + DATA.effective);
  if (libc.capset(header, none) < 0) throw systemError('capset');
  try {
    return act();
  } finally {
    libc.capset(header, data);
  }
}

function statusField(path: string, name: string): bigint {
  const value = new RegExp(`^${name}:\\s+([0-9a-f]+)$`, 'mu').exec(readFileSync(path, 'utf8'))?.[1];
  return BigInt(`0x${value ?? '0'}`);
}

function mask(capabilities: readonly Capability[]): bigint {
  return capabilities.reduce((sum, capability) => sum | (1n << BigInt(CAPABILITY[capability])), 0n);
}

function setCapabilities(capabilities: bigint): void {
  const data = Buffer.alloc(DATA.bytes);
  for (const [at, word] of [
    [0, capabilities & 0xffffffffn],
    [DATA.word, capabilities >> 32n],
  ] as const) {
    data.writeUInt32LE(Number(word), at + DATA.effective);
    data.writeUInt32LE(Number(word), at + DATA.permitted);
  }
  if (libc.capset(capabilityHeader(), data) < 0) throw systemError('capset');
}

function capabilityHeader(): Buffer {
  const header = Buffer.alloc(HEADER_BYTES); // pid 0: this thread
  header.writeUInt32LE(VERSION_3);
  return header;
}

/** prctl(2) means this thread only; a seccomp filter, here one that allows everything, takes it to all of them. */
function forbidNewRights(): void {
  prctl(PR_SET_NO_NEW_PRIVS, 1n);
  const number = SECCOMP_SYSCALL[arch()];
  if (number === undefined) return;
  const filter = Buffer.alloc(8); // struct sock_filter
  filter.writeUInt16LE(BPF_RETURN);
  filter.writeUInt32LE(SECCOMP_RET_ALLOW, 4);
  const program = Buffer.alloc(16); // struct sock_fprog
  program.writeUInt16LE(1);
  program.writeBigUInt64LE(koffi.address(filter), 8);
  libc.syscall(number, SECCOMP_SET_MODE_FILTER, SECCOMP_FLAGS, koffi.address(program));
}

function parentDeathSignal(): number {
  const signal = Buffer.alloc(4);
  prctl(PR_GET_PDEATHSIG, koffi.address(signal));
  return signal.readInt32LE();
}

function prctl(option: number, argument: bigint): void {
  if (libc.prctl(option, argument, 0n, 0n, 0n) < 0) throw systemError('prctl');
}
