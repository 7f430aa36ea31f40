import type { Host } from '../lab/host.js';
import { Program } from '../lab/program.js';
import type { Said } from './knockd-model.js';
import type { Packet } from './trace.js';

const PACKET = /^\d+-\d+-\d+ \d+:\d+:(\d+): (tcp|udp): (\S+):(\d+) -> \S+:(\d+) \d+ bytes$/u;
const SAID = /^(\S+): (\S+): (Stage \d+|OPEN SESAME|sequence timeout \(stage \d+\))$/u;
const MAX_LINES = 1_000_000;

/** A packet as knockd saw it, and what it said of it. */
export interface Seen {
  readonly second: number;
  readonly key: string;
  readonly said: readonly Said[];
}

/** The real knockd, which says for each packet that it sees when it came and what it makes of it (-D -v). */
export class Knockd {
  private constructor(readonly program: Program) {}

  static async start(host: Host, conf: string): Promise<Knockd> {
    const program = host.spawn('knockd', ['-D', '-v', '-c', conf], { maxLines: MAX_LINES });
    await program.waitForLine(/^listening on/u);
    return new Knockd(program);
  }

  get seen(): Seen[] {
    const seen: { second: number; key: string; said: Said[] }[] = [];
    for (const line of this.program.lines) {
      const packet = PACKET.exec(line);
      const said = SAID.exec(line);
      if (packet !== null) {
        const [, second, protocol, source, sourcePort, port] = packet;
        seen.push({ second: Number(second), key: `${protocol} ${source} ${sourcePort} ${port}`, said: [] });
      } else if (said !== null) {
        seen.at(-1)?.said.push({ source: said[1]!, door: said[2]!, what: said[3]! });
      }
    }
    return seen;
  }

  async stop(): Promise<void> {
    await this.program.stop();
  }
}

/** By what `Seen.key` tells a packet. */
export function keyOf({ protocol, source, sourcePort, port }: Packet): string {
  return `${protocol} ${source} ${sourcePort} ${port}`;
}
