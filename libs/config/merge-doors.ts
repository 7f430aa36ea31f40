import type { DoorDraft } from './door-draft.js';
import type { Findings } from './findings.js';

interface Sources {
  readonly knockd: readonly DoorDraft[];
  readonly yaml: readonly DoorDraft[];
}

/** knockd.conf's doors, each with what knockgate.yaml adds to it, then the doors that knockgate.yaml alone has. */
export function mergeDoors({ knockd, yaml }: Sources, findings: Findings): DoorDraft[] {
  const additions = new Map(yaml.map((draft) => [draft.name, draft]));
  const known = new Set(knockd.map(({ name }) => name));
  const merged = knockd.map((draft) => merge(draft, additions.get(draft.name), findings));
  return [...merged, ...yaml.filter(({ name }) => !known.has(name))];
}

function merge(base: DoorDraft, addition: DoorDraft | undefined, findings: Findings): DoorDraft {
  if (addition === undefined) return base;
  for (const [key, place] of addition.places) {
    const other = base.places.get(key);
    if (other === undefined) continue;
    findings.fault(place, `is said in ${other.file}:${other.line} too`, 'keep one of the two');
  }
  return {
    ...base,
    fields: { ...base.fields, ...addition.fields },
    places: new Map([...base.places, ...addition.places]),
  };
}
