import { readFileSync } from 'node:fs';
import { canonicalAddress } from '#address';
import { type DoorSettings, parseOneTimeFile, type Settings } from '#config';
import type { Step } from '#knock';
import { CommandFailed } from './command-failed.js';
import { fileHint, looksLikeFile } from './excess-arguments.js';

/** What opens a door just now. */
export interface DoorKnock {
  readonly door: DoorSettings;
  readonly steps: readonly Step[];
  /** How many sequences are left, this one included, where each works once; undefined: it works again and again. */
  readonly left: number | undefined;
}

/**
 * The door of this name, or the only one.
 * @param addressOption the option that names a host or an address, for who writes one where a door is expected
 * @throws CommandFailed if there is none, or several and no name
 */
export function doorNamed(
  name: string | undefined,
  { doors }: Pick<Settings, 'doors'>,
  addressOption?: '--host' | '--ip',
): DoorSettings {
  const names = doors.map((door) => door.name).join(', ');
  const door = name === undefined ? doors[0] : doors.find((each) => each.name === name);
  if (door === undefined) {
    throw new CommandFailed([`no door ${name}; the config has ${names}${meant(name!, addressOption)}`], 2);
  }
  if (doors.length > 1 && name === undefined) {
    throw new CommandFailed([`the config has several doors: name one (${names})`], 2);
  }
  return door;
}

function meant(name: string, addressOption: string | undefined): string {
  if (looksLikeFile(name)) return `; ${fileHint(name)}`;
  const address = canonicalAddress(name) !== undefined || name.includes('.');
  return address && addressOption !== undefined ? `; did you mean ${addressOption} ${name}?` : '';
}

/** What to knock at a door. @throws CommandFailed if no sequence is left, or their file cannot be read */
export function knockOf(door: DoorSettings): DoorKnock {
  const { oneTimeSequences: file } = door;
  if (file === undefined) return { door, steps: door.sequence, left: undefined };
  const { entries } = parseOneTimeFile(read(file));
  if (entries[0] === undefined) {
    throw new CommandFailed([`${file}: every sequence of ${door.name} is used; add lines, one sequence each`], 1);
  }
  return { door, steps: entries[0].steps, left: entries.length };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CommandFailed([`${file}: cannot be read: ${(error as NodeJS.ErrnoException).code}`], 1, { cause: error });
  }
}
