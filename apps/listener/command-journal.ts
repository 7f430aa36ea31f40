import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { canonicalAddress } from '#address';
import type { GrantKey } from '#grants';
import { replaceFile } from './replace-file.js';

/** The journal is there and of no use; its message says which file, and what to do. */
export class JournalUnreadable extends Error {
  override readonly name = 'JournalUnreadable';
}

/** A grant whose start command was begun, and whose stop command has not ended. */
export interface JournalEntry extends GrantKey {
  /** To be run at the end, whatever the config says by then. */
  readonly stop: string | undefined;
  /** `stopping`: the stop command was begun and must run again after a crash, since it may not have got far. */
  readonly phase: 'started' | 'stopping';
}

/**
 * Which grants have commands to end, on disk. An entry is written before the start command is run and removed after
 * the stop command has ended. So after a crash in between a start has run at most once, a stop at least once: a second
 * `iptables -D` fails, a forgotten one leaves a firewall open. Mode 0600: command lines may hold secrets.
 */
export class CommandJournal {
  private readonly kept = new Map<string, JournalEntry>();

  /** @throws JournalUnreadable */
  constructor(private readonly path: string) {
    for (const entry of read(path)) this.kept.set(id(entry), entry);
  }

  get entries(): readonly JournalEntry[] {
    return [...this.kept.values()];
  }

  get(key: GrantKey): JournalEntry | undefined {
    return this.kept.get(id(key));
  }

  /** @throws if it cannot be written; then it is as before */
  put(entry: JournalEntry): void {
    const next = new Map(this.kept).set(id(entry), entry);
    this.write(next);
    this.kept.set(id(entry), entry);
  }

  /** @throws if it cannot be written; the entry is then gone from here, but after a restart it is there again */
  remove(key: GrantKey): void {
    if (this.kept.delete(id(key))) this.write(this.kept);
  }

  private write(entries: ReadonlyMap<string, JournalEntry>): void {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o700 });
    replaceFile(this.path, `${JSON.stringify([...entries.values()])}\n`, { mode: 0o600 });
  }
}

function read(path: string): JournalEntry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new JournalUnreadable(`${path}: cannot be read: ${code}; run as the user who owns it`, { cause: error });
  }
  return parsed(text) ?? refuse(path);
}

/** SECURITY: to go on without it would leave open for good what its stop commands are to shut. */
function refuse(path: string): never {
  throw new JournalUnreadable(`${path}: is no journal of commands; undo by hand what was open, then remove the file`);
}

function parsed(text: string): JournalEntry[] | undefined {
  try {
    const entries: unknown = JSON.parse(text);
    return Array.isArray(entries) && entries.every(isEntry) ? entries : undefined;
  } catch {
    return undefined;
  }
}

function isEntry(value: unknown): value is JournalEntry {
  const { door, ip, stop, phase } = (value ?? {}) as Record<string, unknown>;
  if (typeof door !== 'string' || typeof ip !== 'string' || canonicalAddress(ip) !== ip) return false;
  return (stop === undefined || typeof stop === 'string') && (phase === 'started' || phase === 'stopping');
}

function id({ door, ip }: GrantKey): string {
  return `${door}\n${ip}`;
}
