import type { KnockDoor } from '#knock';
import type { Packet } from '#wire';

/** Which steps of a sequence its ports are, as Redis is told: `,1,3,` for a port that is the first and the third. */
export class StepsOfPorts {
  private readonly steps = new Map<string, string>();

  constructor({ sequence }: KnockDoor) {
    for (const [i, { port, protocol }] of sequence.entries()) {
      const key = keyOf(protocol, port);
      this.steps.set(key, `${this.steps.get(key) ?? ','}${i + 1},`);
    }
  }

  /** `-`: none. */
  of({ protocol, destinationPort }: Packet): string {
    return this.steps.get(keyOf(protocol, destinationPort)) ?? '-';
  }
}

function keyOf(protocol: string, port: number): string {
  return `${protocol}${port}`;
}
