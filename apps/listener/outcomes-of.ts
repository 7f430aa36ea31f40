import type { Judged } from '#grants';
import type { KnockDoor, Outcome } from '#knock';
import type { Packet } from '#wire';

interface Concluded {
  readonly verdict: Exclude<Judged['verdict'], 'repeat' | 'exempt'>;
  readonly before: number;
  readonly packet: Packet;
  readonly nowMs: number;
}

/** What a packet that Redis has judged came to, in the order in which it happened. */
export function outcomesOf(door: KnockDoor, { verdict, before, packet, nowMs }: Concluded): Outcome[] {
  const { source } = packet;
  const first: Outcome = { kind: 'advanced', door, source, stage: 1 };
  const next: Outcome = { kind: 'advanced', door, source, stage: before + 1 };
  const voided: Outcome = { kind: 'voided', door, source, stage: before };
  const late: Outcome = { kind: 'timed_out', door, source, stage: before };
  switch (verdict) {
    case 'advanced':
      return [next];
    case 'completed':
      return [next, { kind: 'opened', door, source, heardMs: nowMs }];
    case 'voided':
    case 'lost':
      return [voided];
    case 'restarted':
      return [voided, first];
    case 'late':
      return [late];
    case 'late_restarted':
      return [late, first];
    default: {
      const exhaustive: never = verdict;
      return exhaustive;
    }
  }
}
