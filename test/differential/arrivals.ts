import type { Host } from '../lab/host.js';
import { Program } from '../lab/program.js';
import type { Packet } from './trace.js';

const LINE = /^(\d+\.\d+) IP6? (\S+)\.(\d+) > \S+\.(\d+): /u;
const MAX_LINES = 1_000_000;

/** When the kernel says that each packet has arrived: the time stamps that knockd's libpcap gets too. */
export class Arrivals {
  private constructor(private readonly program: Program) {}

  /** Resolves once it records what comes to this host. */
  static async start(host: Host): Promise<Arrivals> {
    const output = ['-n', '-tt', '-l', '--immediate-mode', '-B', '4096', '-Z', 'root'];
    const filter = `(tcp or udp) and (dst host ${host.address} or dst host ${host.address6})`;
    const program = host.spawn('tcpdump', [...output, '-i', host.interface, filter], { maxLines: MAX_LINES });
    await program.waitForLine(/listening on/u);
    return new Arrivals(program);
  }

  /**
   * The packets sent, each with the time of its arrival, once all are there.
   * @throws (rejects) if others arrive, or in another order: then nothing can be said of the rest
   */
  async of(sent: readonly Packet[]): Promise<Packet[]> {
    const after = this.program.lineCount;
    let missing = sent.length - this.lines.length;
    const isLast = (line: string): true | undefined => {
      if (LINE.test(line)) missing -= 1;
      return missing <= 0 ? true : undefined;
    };
    if (missing > 0) await this.program.waitFor(isLast, `${sent.length} packets`, { after });
    const { lines } = this;
    if (lines.length !== sent.length) throw new Error(`${sent.length} packets sent, ${lines.length} arrived`);
    return sent.map((packet, index) => arrivedAs(packet, lines[index]!));
  }

  private get lines(): RegExpExecArray[] {
    return this.program.lines.map((line) => LINE.exec(line)).filter((match) => match !== null);
  }

  async stop(): Promise<void> {
    await this.program.stop('SIGINT');
  }
}

function arrivedAs(packet: Packet, [line, at, source, sourcePort, port]: readonly string[]): Packet {
  if (source !== packet.source || Number(sourcePort) !== packet.sourcePort || Number(port) !== packet.port) {
    throw new Error(`sent ${packet.source}:${packet.sourcePort} > ${packet.port}, arrived ${line}`);
  }
  return { ...packet, atMs: Number(at) * 1000 };
}
