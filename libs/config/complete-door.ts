import type { DoorDraft } from './door-draft.js';
import type { DoorFields, DoorKey } from './door-schema.js';
import type { Findings } from './findings.js';
import type { Place } from './place.js';

/** `--upstream`, for the doors that name none; without a value if it is faulty, which is told. */
export interface GivenUpstream {
  readonly place: Place;
  readonly value: string | undefined;
}

const REQUIRED: readonly (readonly [DoorKey, string])[] = [
  ['sequence', 'write `sequence:`, the ports to knock at'],
  ['listen', 'write `listen:`, the public address, like 0.0.0.0:80'],
  ['upstream', 'write `upstream:`, what the door hides, or give --upstream URL'],
];

/** Adds what the start_command and the command line say where the files are silent; tells what is still missing. */
export function completeDoor(draft: DoorDraft, upstream: GivenUpstream | undefined, findings: Findings): DoorDraft {
  const complete = withUpstream(withListen(draft, findings), upstream);
  for (const [key, instead] of REQUIRED) {
    if (key === 'sequence' && complete.places.has('one_time_sequences')) continue;
    if (!complete.places.has(key)) findings.fault(complete.place, `has no ${key}`, instead);
  }
  return complete;
}

function withListen(draft: DoorDraft, findings: Findings): DoorDraft {
  const { opens } = draft;
  if (opens === undefined || draft.places.has('listen')) return draft;
  if (opens.listen.kind === 'ok') return withField(draft, 'listen', { place: opens.place, value: opens.listen.value });
  for (const { what, instead } of opens.listen.flaws) findings.fault(opens.place, what, instead);
  return withField(draft, 'listen', { place: opens.place, value: undefined });
}

function withUpstream(draft: DoorDraft, upstream: GivenUpstream | undefined): DoorDraft {
  if (upstream === undefined || draft.places.has('upstream')) return draft;
  return withField(draft, 'upstream', upstream);
}

function withField<K extends DoorKey>(
  draft: DoorDraft,
  key: K,
  { place, value }: { readonly place: Place; readonly value: DoorFields[K] | undefined },
): DoorDraft {
  return { ...draft, fields: { ...draft.fields, [key]: value }, places: new Map([...draft.places, [key, place]]) };
}
