import { checkDoor } from './check-door.js';
import { checkListens } from './check-listens.js';
import { type DoorDraft, placeOf } from './door-draft.js';
import { shownName } from './door-name.js';
import type { Findings } from './findings.js';
import type { YamlConfig } from './yaml-config.js';

/** Tells where doors contradict themselves, each other, or the rest of the config. */
export function checkDoors(doors: readonly DoorDraft[], yaml: YamlConfig, findings: Findings): void {
  for (const door of doors) checkDoor(door, findings);
  checkListens([...doors.map(listenerOf), ...consoleOf(yaml)], findings);
  for (const door of doors) warnOfIgnored(door, yaml, findings);
}

function listenerOf(door: DoorDraft) {
  return { name: door.name, place: placeOf(door, 'listen'), listen: door.fields.listen ?? [] };
}

function consoleOf({ fields, place }: YamlConfig) {
  const at = place('console');
  if (typeof fields.console !== 'object' || at === undefined) return [];
  return [{ name: 'console', place: at, listen: [fields.console.listen] }];
}

/** SECURITY: which port it is would be part of the secret. */
function warnOfIgnored(door: DoorDraft, { fields, place }: YamlConfig, findings: Findings): void {
  const { sequence = [] } = door.fields;
  if (!sequence.some(({ port }) => fields.ignore_ports.includes(port))) return;
  const at = place('ignore_ports') ?? placeOf(door, 'sequence');
  findings.warn(
    { ...at, label: 'ignore_ports' },
    `has a port of the sequence of ${shownName(door.name)}`,
    'at that door it is not ignored; better knock at ports that nobody else uses',
  );
}
