import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { type DoorSettings, parseOneTimeFile } from '#config';
import type { Step } from '#knock';
import { replaceFile } from './replace-file.js';

/** Asked about at once, of those still to be used. */
const LOOKED_AHEAD = 100;

interface Left {
  readonly file: string;
  /** The next one first. */
  sequences: readonly (readonly Step[])[];
  /** Used, and not disabled in the file, which could not be written: they are to be, as soon as it can. */
  owed: readonly string[];
}

/**
 * The one-time sequences of the doors that have them: which is next, and which are used. A used one is disabled in its
 * file, as knockd does, by a `#` before its line, which is otherwise kept.
 */
export class OneTimeSequences {
  private readonly left = new Map<string, Left>();

  /** Reads the files of these doors anew. @throws as node:fs does */
  load(doors: readonly DoorSettings[]): void {
    this.left.clear();
    for (const { name, oneTimeSequences: file } of doors) {
      if (file !== undefined) {
        this.left.set(name, { file, sequences: sequencesIn(readFileSync(file, 'utf8')), owed: [] });
      }
    }
  }

  /** The door with its next sequence, or with an empty one if none is left. Another door as it is. */
  current(door: DoorSettings): DoorSettings {
    const left = this.left.get(door.name);
    return left === undefined ? door : { ...door, sequence: left.sequences[0] ?? [] };
  }

  /** The door with the steps of all its sequences to come, for a capture that must hear each of them. */
  all(door: DoorSettings): DoorSettings {
    const left = this.left.get(door.name);
    return left === undefined ? door : { ...door, sequence: left.sequences.flat() };
  }

  /** Doors that stay shut. */
  get exhausted(): string[] {
    return [...this.left].filter(([, { sequences }]) => sequences.length === 0).map(([door]) => door);
  }

  /**
   * Uses up the next sequence of a door: at once for this process, and in the file before this returns, so that no crash
   * makes it work again. Answers its token. @throws as node:fs does if the file cannot be written; it is used up all the same
   */
  burn(door: string): string | undefined {
    const left = this.left.get(door);
    const [sequence, ...others] = left?.sequences ?? [];
    if (left === undefined || sequence === undefined) return undefined;
    left.sequences = others;
    disable(left, [tokenOf(door, sequence)], door);
    return tokenOf(door, sequence);
  }

  /** Tokens of the next sequences, by door. */
  get ahead(): ReadonlyMap<string, readonly string[]> {
    const tokens = ([door, { sequences }]: [string, Left]): [string, string[]] => [
      door,
      sequences.slice(0, LOOKED_AHEAD).map((sequence) => tokenOf(door, sequence)),
    ];
    return new Map([...this.left].map(tokens));
  }

  /** Passes over what was used elsewhere; true if there was any. @throws as burn */
  skip(door: string, used: ReadonlySet<string>): boolean {
    const left = this.left.get(door);
    if (left === undefined || used.size === 0) return false;
    left.sequences = left.sequences.filter((sequence) => !used.has(tokenOf(door, sequence)));
    disable(left, [...used], door);
    return true;
  }
}

function sequencesIn(text: string): (readonly Step[])[] {
  return parseOneTimeFile(text).entries.map(({ steps }) => steps);
}

/** SECURITY: whoever reads these in the store can try all short sequences; the store must be as trusted as grants want it. */
function tokenOf(door: string, sequence: readonly Step[]): string {
  const steps = sequence.map(({ port, protocol }) => `${port}:${protocol}`);
  return createHash('sha256')
    .update([door, ...steps].join('\n'))
    .digest('hex');
}

/** The file is read anew: an operator may have added to it, or another listener have used one. */
function disable(left: Left, tokens: readonly string[], door: string): void {
  const { file } = left;
  left.owed = [...left.owed, ...tokens];
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n');
  for (const token of left.owed) {
    const entry = parseOneTimeFile(lines.join('\n')).entries.find(({ steps }) => tokenOf(door, steps) === token);
    if (entry !== undefined) lines[entry.line - 1] = `#${lines[entry.line - 1]}`;
  }
  const { mode, uid, gid } = statSync(file);
  if (lines.join('\n') !== text) replaceFile(file, lines.join('\n'), { mode: mode & 0o7777, uid, gid });
  left.owed = [];
}
