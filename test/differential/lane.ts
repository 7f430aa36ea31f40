import { writeFile } from 'node:fs/promises';
import type { Host } from '../lab/host.js';
import { Knockgate, type LogEvent } from '../lab/knockgate.js';
import type { Program } from '../lab/program.js';
import { TempDir } from '../lab/temp-dir.js';
import { Arrivals } from './arrivals.js';
import { flagsOf } from './flags.js';
import { Knockd, type Seen } from './knockd.js';
import { type Door, LISTEN_PORT, type LaneConfig, type Packet, SERVED } from './trace.js';

/** What came of a history. */
export interface LaneRun {
  readonly config: LaneConfig;
  /** In the order of their arrival, with its time. */
  readonly packets: readonly Packet[];
  readonly knockd: readonly Seen[];
  readonly knockgate: readonly LogEvent[];
}

/** A knockd and a knockgate with the same knockd.conf on the same interface of one host. They hear one history. */
export class Lane {
  private constructor(
    readonly host: Host,
    readonly config: LaneConfig,
    readonly knockd: Knockd,
    readonly knockgate: Knockgate,
    private readonly arrivals: Arrivals,
    private readonly servers: readonly Program[],
    private readonly directory: TempDir,
  ) {}

  /** @param everywhere without an `Interface`: knockd takes eth0 then, which is the host's, and knockgate all */
  static async start(host: Host, config: LaneConfig, everywhere = false): Promise<Lane> {
    const directory = await TempDir.create('differential');
    const [conf, yaml] = [directory.file('knockd.conf'), directory.file('knockgate.yaml')];
    await writeFile(conf, knockdConf(config.doors, everywhere ? undefined : host.interface));
    await writeFile(yaml, knockgateYaml(config));
    const servers = await serve(host);
    const [knockd, knockgate, arrivals] = await Promise.all([
      Knockd.start(host, conf),
      Knockgate.start(['listen', '--knockd-conf', conf, '--config', yaml], { host, ready: /"ready: / }),
      Arrivals.start(host),
    ]);
    return new Lane(host, config, knockd, knockgate, arrivals, servers, directory);
  }

  /** A first knock of a source that is nobody's: once both have said something of it, all before has been judged. */
  sentinel(source = '10.99.99.99'): Packet {
    const [door] = this.config.doors;
    const flags = door!.sequence[0]!.protocol === 'udp' ? 0 : rightFlags(door!);
    return { ...door!.sequence[0]!, atMs: 0, source, flags, sourcePort: 40_000, repeated: 1 };
  }

  async hasJudged({ source }: Packet): Promise<void> {
    await this.knockd.program.waitFor((line) => (line.startsWith(`${source}: `) ? true : undefined), source);
    await this.knockgate.waitForLog(({ ip }) => ip === source);
  }

  /** Ends both. @param sent all that was sent to this lane, in this order */
  async finish(sent: readonly Packet[]): Promise<LaneRun> {
    const packets = await this.arrivals.of(sent);
    await Promise.all([this.knockd.stop(), this.knockgate.stop()]);
    const run = { config: this.config, packets, knockd: this.knockd.seen, knockgate: this.knockgate.events };
    await this.stop();
    return run;
  }

  /** Ends what still runs. */
  async stop(): Promise<void> {
    await Promise.all([this.knockd.stop(), this.knockgate.program.stop(), this.arrivals.stop()]);
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.directory.remove();
  }
}

/** A SYN unless the door wants or refuses it. */
function rightFlags({ tcpFlags }: Door): number {
  const { set, clear } = flagsOf(tcpFlags);
  return set === 0 ? 0x02 & ~clear : set;
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
