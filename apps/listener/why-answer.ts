import { hostname } from 'node:os';
import { type Address, formatAddress } from '#address';
import { monotonicMs } from '#grants';
import type { FlagRule, JournalLine, PacketJournal, Protocol, Step, Verdict } from '#knock';
import { TcpFlag } from '#wire';
import type { HeardBy } from './knock-listener.js';

/** Entries and sources in one answer, at most. */
const MAX_ENTRIES = 1000;
const MAX_SOURCES = 50;

/** `exempt`, told apart by the reason. */
export type WhyVerdict = Exclude<Verdict, 'exempt'> | 'ignored_port' | 'served_port';

export interface WhyEntry {
  /** ISO 8601, of this host's clock. */
  readonly at: string;
  readonly ago_ms: number;
  /** Null: no door had a use for it. */
  readonly door: string | null;
  readonly verdict: WhyVerdict;
  /** Steps made after it; of an attempt that ended, those that were lost. */
  readonly stage: number;
  /** Null: no packet, but what came of those before, or of the passing of time. */
  readonly got: (Step & { readonly flags: string }) | null;
  readonly expected: Step | null;
}

export interface WhyDoor {
  readonly name: string;
  /** The next one, where each works once; empty: all are used. */
  readonly sequence: readonly Step[];
  readonly one_time: boolean;
  readonly tcpflags: string;
  readonly seq_timeout_ms: number;
  readonly cmd_timeout_ms: number;
}

export interface WhyListener {
  readonly host: string;
  readonly pid: number;
  /** What is open, as in the log. */
  readonly capture: string;
  readonly hears: boolean;
  readonly packets: number;
  /** Lost for want of buffer. */
  readonly drops: number;
  /** How far back packets of strangers are remembered. */
  readonly since_ms_ago: number;
  /** Addresses of a container's bridge, which are granted nothing. */
  readonly bridge: readonly string[];
  readonly doors: readonly WhyDoor[];
}

/** SECURITY: it has ports of sequences. For the control socket alone: no log, metric or store may have it. */
export interface WhyAnswer {
  readonly listener: WhyListener;
  readonly ip: string;
  /** The oldest first. */
  readonly entries: readonly WhyEntry[];
}

export interface SourcesAnswer {
  readonly listener: WhyListener;
  /** Who was heard last comes first. */
  readonly sources: readonly { readonly ip: string; readonly last: WhyEntry }[];
}

/** What answers are made of. */
export interface WhySources {
  readonly journal: PacketJournal;
  readonly heardBy: HeardBy;
}

/** @param door this door's only, and what no door had a use for */
export function whyAnswer(from: WhySources, source: Address, door: string | undefined): WhyAnswer {
  const lines = from.journal.of(source, MAX_ENTRIES);
  const wanted = lines.filter((line) => door === undefined || line.door === undefined || line.door === door);
  return {
    listener: listenerOf(from),
    ip: formatAddress(source),
    entries: wanted.map((line) => entryOf(line, from.heardBy)),
  };
}

export function sourcesAnswer(from: WhySources): SourcesAnswer {
  const sources = from.journal.sources(MAX_SOURCES);
  return {
    listener: listenerOf(from),
    sources: sources.map(({ source, last }) => ({ ip: formatAddress(source), last: entryOf(last, from.heardBy) })),
  };
}

function listenerOf({ journal, heardBy }: WhySources): WhyListener {
  const { capture, healthy, packets, drops, bridge, doors } = heardBy;
  const uptimeMs = process.uptime() * 1000;
  return {
    host: hostname(),
    pid: process.pid,
    capture,
    hears: healthy,
    packets,
    drops,
    since_ms_ago: Math.round(journal.sinceMs === undefined ? uptimeMs : monotonicMs() - journal.sinceMs),
    bridge,
    doors: doors.map((door) => ({
      name: door.name,
      sequence: door.sequence,
      one_time: door.oneTimeSequences !== undefined,
      tcpflags: ruleText(door.tcpFlags),
      seq_timeout_ms: door.seqTimeoutMs,
      cmd_timeout_ms: door.cmdTimeoutMs,
    })),
  };
}

function entryOf(line: JournalLine, { ignorePorts }: HeardBy): WhyEntry {
  const { timeMs, door = null, verdict, stage, got, flags, expected = null } = line;
  const agoMs = Math.max(0, monotonicMs() - timeMs);
  const exempt = got !== undefined && ignorePorts.includes(got.port) ? 'ignored_port' : 'served_port';
  return {
    at: new Date(Date.now() - agoMs).toISOString(),
    ago_ms: Math.round(agoMs * 1000) / 1000,
    door,
    verdict: verdict === 'exempt' ? exempt : verdict,
    stage,
    got: got === undefined ? null : { ...got, flags: flagsText(got.protocol, flags) },
    expected,
  };
}

/** As knockd's tcpflags has them. */
function flagsText(protocol: Protocol, flags: number): string {
  if (protocol === 'udp') return '';
  return namesOf(flags).join(',') || 'none';
}

function ruleText({ set, clear }: FlagRule): string {
  return [...namesOf(set), ...namesOf(clear).map((name) => `!${name}`)].join(',') || 'any';
}

function namesOf(flags: number): string[] {
  return Object.entries(TcpFlag)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name.toLowerCase());
}
