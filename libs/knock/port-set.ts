import type { Protocol } from './door.js';

/** Ports by protocol as bitmaps: one array access a look-up, whatever the number of ports. */
export class PortSet {
  private readonly ports: Readonly<Record<Protocol, Uint8Array>> = {
    tcp: new Uint8Array(65_536),
    udp: new Uint8Array(65_536),
  };

  add(protocol: Protocol, port: number): this {
    this.ports[protocol][port] = 1;
    return this;
  }

  has(protocol: Protocol, port: number): boolean {
    return this.ports[protocol][port] === 1;
  }

  /** All ports of one protocol, ascending. */
  list(protocol: Protocol): number[] {
    const found: number[] = [];
    this.ports[protocol].forEach((set, port) => {
      if (set === 1) found.push(port);
    });
    return found;
  }
}
