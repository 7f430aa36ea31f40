import type { PortSet, Step } from '#knock';
import { type DoorDraft, placeOf } from './door-draft.js';
import { shownName } from './door-name.js';
import type { Findings } from './findings.js';
import { parseOneTimeFile } from './one-time-file.js';
import { opensAlong } from './opens-along.js';
import type { Place } from './place.js';
import { readText } from './read-text.js';
import { sequenceWeakness } from './sequence-weakness.js';

/** A sequence that works at a door, and where it is said. */
interface Said {
  readonly door: DoorDraft;
  readonly steps: readonly Step[];
  readonly place: Place;
  /** It stands in a file of one-time sequences. */
  readonly once: boolean;
}

/**
 * Warns of sequences that are right but unwise. All of it can be meant (two doors with one sequence are how a site opens
 * 80 and 443 by one knock), so it is for who asks, not for each start.
 * SECURITY: no text from here may hold a port or any part of a sequence.
 * @param served the ports at which this host serves now
 */
export function lintDoors(doors: readonly DoorDraft[], served: PortSet, findings: Findings): void {
  const sequences = sequencesOf(doors, findings);
  for (const said of sequences) {
    const weakness = sequenceWeakness(said.steps);
    if (weakness !== undefined) findings.warn(said.place, weakness.what, weakness.instead);
    lintServed(said, { doors, served, findings });
  }
  lintTwins(sequences, findings);
  lintNested(sequences, findings);
}

/** Of all doors; a file that several doors have is taken once. */
function sequencesOf(doors: readonly DoorDraft[], findings: Findings): Said[] {
  const readers = new Map<string, DoorDraft>();
  return doors.flatMap((door) => {
    const { sequence: steps, one_time_sequences: file } = door.fields;
    if (file === undefined) {
      return steps === undefined ? [] : [{ door, steps, place: placeOf(door, 'sequence'), once: false }];
    }
    const other = readers.get(file);
    if (other === undefined) readers.set(file, door);
    else warnOfSharing(placeOf(door, 'one_time_sequences'), placeOf(other, 'one_time_sequences'), { other, findings });
    return other === undefined ? oneTimeSequencesOf(door, file) : [];
  });
}

/** What cannot be read in there is told elsewhere: it is a fault. */
function oneTimeSequencesOf(door: DoorDraft, file: string): Said[] {
  const text = readText(file, '/');
  if (text.kind === 'wrong') return [];
  const { entries } = parseOneTimeFile(text.value);
  return entries.map(({ line, steps }) => ({ door, steps, place: { file, line, label: '' }, once: true }));
}

function warnOfSharing(
  at: Place,
  there: Place,
  { other, findings }: { readonly other: DoorDraft; readonly findings: Findings },
): void {
  findings.warn(at, `is the file of ${name(other, there)} too, so one knock opens both`, 'give each door its own file');
}

/** Visitors of what is served there knock too, and who scans for services finds a port of the secret. */
function lintServed(
  { door, steps, place }: Said,
  { doors, served, findings }: { doors: readonly DoorDraft[]; served: PortSet; findings: Findings },
): void {
  const others = doors.filter((each) => each !== door).flatMap(({ fields }) => fields.listen ?? []);
  const isServed = ({ port, protocol }: Step): boolean =>
    served.has(protocol, port) || (protocol === 'tcp' && others.some((address) => address.port === port));
  if (!steps.some(isServed)) return;
  findings.warn(place, 'has a port in it at which this host serves', 'use ports at which it serves nothing');
}

function lintTwins(sequences: readonly Said[], findings: Findings): void {
  const first = new Map<string, Said>();
  for (const said of sequences) {
    const key = keyOf(said.steps);
    const twin = first.get(key);
    if (twin === undefined) first.set(key, said);
    else if (twin.door !== said.door) {
      const what = `is the sequence of ${name(twin.door, twin.place)} too, so one knock opens both`;
      findings.warn(said.place, what, 'give each door its own, unless this is meant');
    } else
      findings.warn(said.place, `is on line ${twin.place.line} too, and works once in all`, 'remove one of the two');
  }
}

/** Of two one-time sequences only the next of each file works: whether one is in the other says little. */
function lintNested(sequences: readonly Said[], findings: Findings): void {
  const lasting = sequences.filter(({ once }) => !once);
  for (const inner of sequences) {
    const outer = (inner.once ? lasting : sequences).find(
      ({ door, steps }) => door !== inner.door && keyOf(steps) !== keyOf(inner.steps) && opensAlong(steps, inner.steps),
    );
    if (outer === undefined) continue;
    const what = `stands inside the sequence of ${name(outer.door, outer.place)}, so a knock there opens this door too`;
    findings.warn(inner.place, what, 'give each door ports of its own');
  }
}

function keyOf(steps: readonly Step[]): string {
  return steps.map(({ port, protocol }) => `${port}:${protocol}`).join(',');
}

/** A door by its name and where it says so. */
function name(door: DoorDraft, { file, line }: Place): string {
  return `${shownName(door.name)} (${file}:${line})`;
}
