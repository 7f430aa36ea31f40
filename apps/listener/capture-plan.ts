import type { PacketFilter } from '#kernel';
import type { KnockDoor, Protocol } from '#knock';

/** What these doors need to hear and no more: per protocol that some sequence uses, one for each IP version. */
export function capturePlan(doors: readonly KnockDoor[], skippedPorts: readonly number[]): readonly PacketFilter[] {
  const protocols = (['tcp', 'udp'] as const).filter((protocol) => doors.some((door) => uses(door, protocol)));
  const flagRules = doors.filter((door) => uses(door, 'tcp')).map((door) => door.tcpFlags);
  return protocols.flatMap((protocol) =>
    ([4, 6] as const).map((family) => ({ family, protocol, flagRules, skippedPorts })),
  );
}

function uses(door: KnockDoor, protocol: Protocol): boolean {
  return door.sequence.some((step) => step.protocol === protocol);
}
