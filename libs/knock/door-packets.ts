import { sameAddress } from '#address';
import type { Packet } from '#wire';
import type { KnockDoor, Step } from './door.js';
import { matchesFlags } from './flag-rule.js';
import { PortSet } from './port-set.js';

/** What a packet is to one door, by itself: whoever sent it, and whatever came before it. */
export class DoorPackets {
  private readonly own = new PortSet();
  /** Packets of a protocol that the sequence does not use do not concern the door. */
  private readonly protocols: { readonly tcp: boolean; readonly udp: boolean };

  constructor(private readonly door: KnockDoor) {
    for (const step of door.sequence) this.own.add(step.protocol, step.port);
    const uses = (protocol: string): boolean => door.sequence.some((step) => step.protocol === protocol);
    this.protocols = { tcp: uses('tcp'), udp: uses('udp') };
  }

  concerns(packet: Packet): boolean {
    if (!this.protocols[packet.protocol]) return false;
    const { target } = this.door;
    return target === undefined || (packet.destination !== undefined && sameAddress(packet.destination, target));
  }

  /** Whether it has flags that can advance or void. */
  counts(packet: Packet): boolean {
    return packet.protocol === 'udp' || matchesFlags(this.door.tcpFlags, packet.flags);
  }

  /** Whether it is to some port of the sequence. */
  isOwn({ protocol, destinationPort }: Packet): boolean {
    return this.own.has(protocol, destinationPort);
  }

  isExempt({ protocol, destinationPort }: Packet, exempt: PortSet): boolean {
    // SECURITY: a port of the door's own sequence always voids, or a sweep that meets the others in order would open.
    return exempt.has(protocol, destinationPort) && !this.own.has(protocol, destinationPort);
  }
}

export function isStep(packet: Packet, step: Step): boolean {
  return packet.destinationPort === step.port && packet.protocol === step.protocol;
}
