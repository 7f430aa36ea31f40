import { accessSync, constants, existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { canonicalAddress, formatAddress } from '#address';
import { type DoorDraft, placeOf } from './door-draft.js';
import type { Findings } from './findings.js';
import { parseOneTimeFile } from './one-time-file.js';
import type { Place } from './place.js';
import { readText } from './read-text.js';

/** What a config names of this host, where the listener is to run. */
export interface HostNames {
  readonly doors: readonly DoorDraft[];
  readonly interfaces: readonly string[];
  readonly interfacePlace: Place | undefined;
}

/** Tells what the listener could not use: only who hears knocks needs it, the gateway runs without. */
export function checkHost({ doors, interfaces, interfacePlace }: HostNames, findings: Findings): void {
  for (const name of interfaces) if (interfacePlace !== undefined) checkInterface(name, interfacePlace, findings);
  for (const door of doors) {
    checkTarget(door, findings);
    checkOneTimeFile(door, findings);
  }
}

function checkInterface(name: string, place: Place, findings: Findings): void {
  const folder = '/sys/class/net';
  if (!existsSync(folder) || existsSync(`${folder}/${name}`)) return;
  findings.fault(place, 'names a network interface that this host does not have', 'write one that `ip link` shows');
}

function checkTarget(door: DoorDraft, findings: Findings): void {
  const { target } = door.fields;
  if (target === undefined) return;
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  if (own.some(({ address }) => canonicalAddress(address) === formatAddress(target))) return;
  findings.warn(placeOf(door, 'target'), 'is no address of this host now', 'until it is, no knock counts here');
}

function checkOneTimeFile(door: DoorDraft, findings: Findings): void {
  const file = door.fields.one_time_sequences;
  if (file === undefined) return;
  const place = placeOf(door, 'one_time_sequences');
  const text = readText(file, '/');
  if (text.kind === 'wrong') {
    for (const { what, instead } of text.flaws) findings.fault(place, what, instead);
    return;
  }
  const { entries, flaws } = parseOneTimeFile(text.value);
  for (const { line, what, instead } of flaws) findings.fault({ file, line, label: '' }, what, instead);
  const ports = new Set((door.fields.listen ?? []).map(({ port }) => port));
  for (const { line, steps } of entries) {
    if (!steps.some(({ port }) => ports.has(port))) continue;
    const what = 'has the port in it that the door listens on';
    findings.fault({ file, line, label: '' }, what, 'use ports at which this host serves nothing');
  }
  if (entries.length === 0 && flaws.length === 0) {
    findings.warn(place, 'has no sequence left, so the door stays shut', 'write new ones into the file, one a line');
  }
  checkWritable(file, place, findings);
}

/** A used sequence is marked in the file, which a new one beside it replaces. */
function checkWritable(file: string, place: Place, findings: Findings): void {
  try {
    accessSync(file, constants.W_OK);
    accessSync(dirname(file), constants.W_OK);
  } catch {
    findings.fault(
      place,
      'cannot be written, so a used sequence could not be disabled',
      'let this user write to the file and its folder',
    );
  }
}
