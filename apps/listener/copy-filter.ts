import type { Packet } from '#wire';

/** Copies come at once after one another: this many other packets may lie between them. */
const SLOTS = 256;

interface Seen {
  readonly packet: Packet;
  readonly interfaceIndex: number;
}

/**
 * A packet that comes through a bridge or a bond is heard on the port and again on the bridge. This tells the second one.
 * A retransmission comes the same way as the first and is none.
 */
export class CopyFilter {
  private readonly seen: (Seen | undefined)[] = Array.from({ length: SLOTS });

  isCopy(packet: Packet, interfaceIndex: number): boolean {
    const slot = (packet.fingerprint ^ packet.destinationPort) & (SLOTS - 1);
    const before = this.seen[slot];
    if (before !== undefined && before.interfaceIndex !== interfaceIndex && isSame(before.packet, packet)) return true;
    this.seen[slot] = { packet, interfaceIndex };
    return false;
  }
}

function isSame(x: Packet, y: Packet): boolean {
  return (
    x.fingerprint === y.fingerprint &&
    x.destinationPort === y.destinationPort &&
    x.sourcePort === y.sourcePort &&
    x.protocol === y.protocol &&
    x.flags === y.flags &&
    x.source.d === y.source.d &&
    x.source.c === y.source.c &&
    x.source.b === y.source.b &&
    x.source.a === y.source.a
  );
}
