import { Random } from '../fuzz/random.js';

export const PARTS = ['listener', 'gateway', 'redis', 'nginx'] as const;
export type PartName = (typeof PARTS)[number];

/** kill: SIGKILL, and started anew. stop: SIGSTOP, and SIGCONT. restart: SIGTERM, and started anew. */
export const FAULTS = ['kill', 'stop', 'restart'] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  readonly part: PartName;
  readonly kind: FaultKind;
  /** How long the part is away before it is brought back. */
  readonly awayMs: number;
}

/** Faults that lie one in another: the first begins first; the parts come back in the order of `back`. */
export interface Trial {
  readonly faults: readonly Fault[];
  /** Places in `faults`. */
  readonly back: readonly number[];
}

/** Shorter and longer than a grant that ends in each trial has left, and than store_max_stale. */
const AWAY_MS = [200, 900, 2500] as const;
/** Alone: long enough for whoever tries again to have grown slow. */
const LONG_AWAY_MS = 8000;

/**
 * Each part with each fault for each of the times alone; each two parts with each two faults at once, back in either order;
 * and all four parts in each of their 24 orders with each fault. In an order that hangs on the seed alone.
 */
export function faultPlan(seed: number): Trial[] {
  const random = new Random(seed);
  const awayMs = (): number => random.of(AWAY_MS);
  const trials: Trial[] = [];
  for (const part of PARTS) {
    for (const kind of FAULTS) {
      for (const ms of [...AWAY_MS, LONG_AWAY_MS]) trials.push({ faults: [{ part, kind, awayMs: ms }], back: [0] });
    }
  }
  for (const [first, second] of pairs(PARTS)) {
    for (const kind of FAULTS) {
      for (const other of FAULTS) {
        const faults = [
          { part: first, kind, awayMs: awayMs() },
          { part: second, kind: other, awayMs: awayMs() },
        ];
        trials.push({ faults, back: [0, 1] }, { faults, back: [1, 0] });
      }
    }
  }
  for (const order of orders(PARTS)) {
    for (const kind of FAULTS) {
      const faults = order.map((part) => ({ part, kind, awayMs: Math.round(awayMs() / PARTS.length) }));
      trials.push({ faults, back: shuffled([0, 1, 2, 3], random) });
    }
  }
  return shuffled(trials, random);
}

/** What a person reads: `gateway kill, redis stop 900 ms; back: redis, gateway`. */
export function describeTrial({ faults, back }: Trial): string {
  const begun = faults.map(({ part, kind, awayMs }) => `${part} ${kind} ${awayMs} ms`).join(', ');
  return faults.length === 1 ? begun : `${begun}; back: ${back.map((i) => faults[i]!.part).join(', ')}`;
}

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((one) => items.filter((other) => other !== one).map((other): [T, T] => [one, other]));
}

function orders<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((one) => orders(items.filter((other) => other !== one)).map((rest) => [one].concat(rest)));
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const left = [...items];
  return items.map(() => left.splice(random.below(left.length), 1)[0]!);
}
