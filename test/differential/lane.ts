import { writeFile } from 'node:fs/promises';
import type { Host } from '../lab/host.js';
import { Knockgate, type LogEvent } from '../lab/knockgate.js';
import type { Program } from '../lab/program.js';
import { TempDir } from '../lab/temp-dir.js';
import { Arrivals } from './arrivals.js';
import { rightFlags } from './flags.js';
import { keyOf, Knockd, type Seen } from './knockd.js';
import { type Door, LISTEN_PORT, type LaneConfig, type Packet, SERVED } from './trace.js';

/** What came of a history. */
export interface LaneRun {
  readonly config: LaneConfig;
  /** In the order of their arrival, with its time. */
  readonly packets: readonly Packet[];
  readonly knockd: readonly Seen[];
  readonly knockgate: readonly LogEvent[];
}

/** No trace has these sources. */
export const SENTINELS = ['10.99.99.98', '10.99.99.99'] as const;

interface LaneParts {
  readonly host: Host;
  readonly config: LaneConfig;
  readonly directory: TempDir;
  readonly servers: readonly Program[];
  readonly knockd: Knockd;
  readonly knockgate: Knockgate;
  readonly arrivals: Arrivals;
}

/** A knockd and a knockgate with the same knockd.conf on the same interface of one host. They hear one history. */
export class Lane {
  readonly host: Host;
  readonly config: LaneConfig;
  readonly knockd: Knockd;
  readonly knockgate: Knockgate;

  private constructor(private readonly parts: LaneParts) {
    this.host = parts.host;
    this.config = parts.config;
    this.knockd = parts.knockd;
    this.knockgate = parts.knockgate;
  }

  /** @param everywhere without an `Interface`: knockd takes eth0 then, which is the host's, and knockgate all */
  static async start(host: Host, config: LaneConfig, everywhere = false): Promise<Lane> {
    const directory = await TempDir.create('differential');
    try {
      const [conf, yaml] = [directory.file('knockd.conf'), directory.file('knockgate.yaml')];
      await writeFile(conf, knockdConf(config.doors, everywhere ? undefined : host.interface));
      await writeFile(yaml, knockgateYaml(config));
      const servers = await serve(host); // first: knockgate looks at start what is served
      const [knockd, knockgate, arrivals] = await Promise.all([
        Knockd.start(host, conf),
        Knockgate.start(['listen', '--knockd-conf', conf, '--config', yaml], { host, ready: /"ready: / }),
        Arrivals.start(host),
      ]);
      return new Lane({ host, config, directory, servers, knockd, knockgate, arrivals });
    } catch (error) {
      await directory.remove(); // what has been started ends with the lab
      throw error;
    }
  }

  /**
   * First knocks of sources that are nobody's. What was sent before the first is judged once it is, with all that is said
   * of it; the second, sent when the first is judged, shows that no more will be said of that either.
   */
  sentinel(source: (typeof SENTINELS)[number]): Packet {
    const door = this.config.doors[0]!;
    const first = door.sequence[0]!;
    const flags = rightFlags(door, first.protocol);
    return { ...first, flags, atMs: 0, source, sourcePort: 40_000, repeated: 1 };
  }

  async hasJudged({ source }: Packet): Promise<void> {
    await this.knockd.program.waitFor((line) => (line.startsWith(`${source}: `) ? true : undefined), source);
    await this.knockgate.waitForLog(({ ip }) => ip === source);
  }

  /** Ends both. @param sent all that was sent to this lane before the sentinels, in this order */
  async finish(sent: readonly Packet[]): Promise<LaneRun> {
    const [first, second] = SENTINELS.map((source) => this.sentinel(source)) as [Packet, Packet];
    const packets = await this.parts.arrivals.of([...sent, first, second]);
    await Promise.all([this.knockd.stop(), this.knockgate.stop()]);
    const run = {
      config: this.config,
      packets: packets.slice(0, -1),
      // a signal in the midst of a line makes knockd say it twice, or not at all: the second's is not looked at
      knockd: this.knockd.seen.filter(({ key }) => key !== keyOf(second)),
      knockgate: this.knockgate.events.filter(({ ip }) => ip !== second.source),
    };
    await this.stop();
    return run;
  }

  /** Ends what still runs. */
  async stop(): Promise<void> {
    await Promise.all([this.knockd.stop(), this.knockgate.program.stop(), this.parts.arrivals.stop()]);
    await Promise.all(this.parts.servers.map((server) => server.stop()));
    await this.parts.directory.remove();
  }
}

async function serve(host: Host): Promise<Program[]> {
  const tcp = host.spawn('nc', ['-v', '-n', '-lk', String(SERVED.tcp)]);
  const udp = host.spawn('nc', ['-v', '-n', '-u', '-lk', String(SERVED.udp)]);
  await Promise.all([tcp.waitForLine(/Listening/u), udp.waitForLine(/Bound/u)]);
  return [tcp, udp];
}

function knockdConf(doors: readonly Door[], device: string | undefined): string {
  const sections = doors.map(({ name, sequence, seqTimeoutS, tcpFlags }) => [
    `[${name}]`,
    `\tSequence = ${sequence.map(({ port, protocol }) => `${port}:${protocol}`).join()}`,
    `\tSeq_Timeout = ${seqTimeoutS}`,
    ...(tcpFlags.length === 0 ? [] : [`\tTCPFlags = ${tcpFlags.join()}`]),
  ]);
  const options = device === undefined ? [] : ['[options]', `\tInterface = ${device}`];
  return [...options, ...sections.flat(), ''].join('\n');
}

function knockgateYaml({ doors, capture }: LaneConfig): string {
  const listens = doors.map(
    ({ name }, index) => `  ${name}: { listen: '127.0.0.${index + 1}:${LISTEN_PORT}', upstream: sample }`,
  );
  return ['store: memory', `capture: ${capture}`, 'doors:', ...listens, ''].join('\n');
}
