import { type History, packetsOf } from './history.js';
import { KnockdModel } from './knockd-model.js';
import { KNOCKD, KNOCKGATE, type LaneConfig, type Packet, type Switch, SWITCHES } from './trace.js';

export interface Coverage {
  readonly traces: number;
  readonly packets: number;
  /** Traces that open something. */
  readonly opened: { readonly knockd: number; readonly knockgate: number; readonly both: number };
  /** Traces that end otherwise for this switch alone: taken from knockgate's rules, or added to knockd's. */
  readonly bySwitch: Readonly<Record<Switch, { readonly taken: number; readonly added: number }>>;
}

/** What these histories try, by the models: a generator that never comes near a rule shows nothing of it. */
export function coverage(histories: readonly History[]): Coverage {
  const parts = histories.map(coverageOf);
  const sum = (pick: (part: Coverage) => number): number => parts.reduce((total, part) => total + pick(part), 0);
  const both = (name: Switch) =>
    [
      name,
      { taken: sum((part) => part.bySwitch[name].taken), added: sum((part) => part.bySwitch[name].added) },
    ] as const;
  return {
    traces: sum(({ traces }) => traces),
    packets: sum(({ packets }) => packets),
    opened: {
      knockd: sum(({ opened }) => opened.knockd),
      knockgate: sum(({ opened }) => opened.knockgate),
      both: sum(({ opened }) => opened.both),
    },
    bySwitch: Object.fromEntries(SWITCHES.map(both)) as Coverage['bySwitch'],
  };
}

function coverageOf({ config, traces }: History): Coverage {
  const packets = packetsOf(traces);
  const count = (differs: (trace: readonly Packet[]) => boolean): number => traces.filter(differs).length;
  const knockd = opens(config, packets, KNOCKD);
  const knockgate = opens(config, packets, KNOCKGATE);
  const any = (opened: Opens, trace: readonly Packet[]): boolean => openedBy(opened, trace) !== '';
  const differing = (x: Opens, y: Opens): number => count((trace) => openedBy(x, trace) !== openedBy(y, trace));
  const alone = (name: Switch) => ({
    taken: differing(knockgate, opens(config, packets, new Set(SWITCHES.filter((each) => each !== name)))),
    added: differing(knockd, opens(config, packets, new Set([name]))),
  });
  return {
    traces: traces.length,
    packets: packets.length,
    opened: {
      knockd: count((trace) => any(knockd, trace)),
      knockgate: count((trace) => any(knockgate, trace)),
      both: count((trace) => any(knockd, trace) && any(knockgate, trace)),
    },
    bySwitch: Object.fromEntries(SWITCHES.map((name) => [name, alone(name)])) as Coverage['bySwitch'],
  };
}

/** What each source has opened, and by which of its packets. */
type Opens = ReadonlyMap<string, string>;

function opens({ doors }: LaneConfig, packets: readonly Packet[], switches: ReadonlySet<Switch>): Opens {
  const model = new KnockdModel(doors, switches);
  const opened = new Map<string, string>();
  packets.forEach((packet, index) => {
    for (const { source, door, what } of model.observe(packet) ?? []) {
      if (what === 'OPEN SESAME') opened.set(source, `${opened.get(source) ?? ''} ${door}@${index}`);
    }
  });
  return opened;
}

function openedBy(opened: Opens, trace: readonly Packet[]): string {
  return [...new Set(trace.map(({ source }) => source))].map((source) => opened.get(source) ?? '').join('');
}
