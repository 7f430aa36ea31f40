import { setTimeout as delay } from 'node:timers/promises';
import { giveAddresses, giveAddresses6 } from '../lab/give-addresses.js';
import { Knockgate } from '../lab/knockgate.js';
import { startClients } from '../lab/traffic/clients.js';
import { SpoofedFlood } from '../lab/traffic/spoofed-flood.js';
import { startStrangers } from '../lab/traffic/strangers.js';
import type { Revocable, TrafficFault, TrafficListener, TrafficProgram } from '../lab/traffic/traffic-program.js';
import { startConsoleReader } from './console-reader.js';
import type { SoakLab } from './soak-lab.js';

export const CLIENTS = { four: 16, six: 8 } as const;
export const STRANGERS = { four: 4, six: 2, perSecond: 60 } as const;
export const FLOOD = { perSecond: 10_000, seconds: 5, eachMs: 60_000 } as const;
/** One in so many is revoked by the command, the others by a DEL. */
const BY_COMMAND_ONE_IN = 6;
const FAULTS_WITHIN_MS = 1000;
const FAULTS_TOLD = 20;
const LINES_TOLD = 30;
/** A port of nobody's. */
const UNUSED_PORT = 5555;

export interface Counted {
  readonly clients: Readonly<Record<string, number>>;
  readonly strangers: Readonly<Record<string, number>>;
  readonly console: Readonly<Record<string, number>>;
  /** SYNs under spoofed sources, and how often there were any. */
  readonly flooded: number;
  readonly floods: number;
  readonly revokedByCommand: number;
}

/** Clients, strangers, floods and a reader of the console at once. What must not be ends it: `failed` rejects. */
export class MixedTraffic implements AsyncDisposable {
  readonly failed: Promise<never>;
  private fail: (error: Error) => void = () => {};
  private programs: readonly TrafficProgram[] = [];
  private readonly pending = new Set<Promise<unknown>>();
  private readonly ending = new AbortController();
  private flooding: Promise<void> = Promise.resolve();
  private flooded = 0;
  private floods = 0;
  private readonly faults: TrafficFault[] = [];
  private revocations = 0;
  private revokedByCommand = 0;

  private constructor(private readonly lab: SoakLab) {
    this.failed = new Promise((_, reject) => (this.fail = reject));
    this.failed.catch(() => {}); // whoever waits for it hears of it
  }

  static async start(
    lab: SoakLab,
    { seed, floodEachMs }: { seed: number; floodEachMs: number },
  ): Promise<MixedTraffic> {
    const traffic = new MixedTraffic(lab);
    try {
      await traffic.begin(seed, floodEachMs);
      return traffic;
    } catch (error) {
      await traffic[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What has been until now. */
  get counted(): Counted {
    const [clients = {}, strangers = {}, reader = {}] = this.programs.map(({ counts }) => counts);
    const { flooded, floods, revokedByCommand } = this;
    return { clients, strangers, console: reader, flooded, floods, revokedByCommand };
  }

  /** Has everybody finish what they do. Resolves when the last grant is over and the last connection closed. */
  async end(): Promise<Counted> {
    this.ending.abort();
    await this.flooding;
    await Promise.race([Promise.all(this.programs.map((program) => program.end())), this.failed]);
    await Promise.all(this.pending);
    return this.counted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ending.abort();
    await this.flooding.catch(() => {});
    for (const program of this.programs) await program[Symbol.asyncDispose]();
  }

  private async begin(seed: number, floodEachMs: number): Promise<void> {
    const { server } = this.lab.lab;
    const [clients, strangers] = [this.lab.lab.host('clients'), this.lab.lab.host('strangers')];
    const [four, six] = [await giveAddresses(clients, { count: CLIENTS.four }), CLIENTS.six];
    const strange = { four: await giveAddresses(strangers, { count: STRANGERS.four, first: 150 }), six: STRANGERS.six };
    const sources = [...four, ...(await giveAddresses6(clients, { count: six }))];
    const others = [...strange.four, ...(await giveAddresses6(strangers, { count: strange.six, first: 150 }))];
    const listener: TrafficListener = {
      onFault: (fault) => this.found(fault),
      onRevoke: (revocable) => this.revoke(revocable),
    };
    const { files, doors } = this.lab;
    this.programs = [
      await startClients({ from: clients, to: server, sources, doors, files, seed }, listener),
      await startStrangers(
        {
          from: strangers,
          to: server,
          sources: others,
          doors,
          perSecond: STRANGERS.perSecond,
          hidden: true,
          seed,
        },
        listener,
      ),
      await startConsoleReader(this.lab, listener),
    ];
    for (const { program } of this.programs) void program.exited.then((code) => this.ended(code, program.lines.at(-1)));
    this.flooding = this.flood(floodEachMs).catch((error: unknown) => this.fail(error as Error));
  }

  /** The first one ends it, a moment later: what comes with it tells more. */
  private found(fault: TrafficFault): void {
    this.faults.push(fault);
    if (this.faults.length > 1) return;
    setTimeout(() => {
      const told = this.faults.slice(0, FAULTS_TOLD).map(describe);
      this.fail(new Error([...told, ...logsAbout(this.lab, fault)].join('\n')));
    }, FAULTS_WITHIN_MS);
  }

  private ended(code: number, said: string | undefined): void {
    if (code !== 0 || !this.ending.signal.aborted) this.fail(new Error(`traffic ended with ${code}: ${said}`));
  }

  private async flood(eachMs: number): Promise<void> {
    const { signal } = this.ending;
    const link = { from: this.lab.lab.host('flooder'), to: this.lab.lab.server };
    const { perSecond, seconds } = FLOOD;
    const { doors } = this.lab;
    // half of them a first knock; a later one, a door, and nothing
    const ports = [...doors.map(({ sequence }) => sequence[0]!), doors[0]!.sequence[1]!, doors[0]!.port, UNUSED_PORT];
    while (!signal.aborted) {
      await delay(eachMs / 2, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      await using flood = await SpoofedFlood.start({
        ...link,
        ports,
        perSecond,
        count: perSecond * seconds,
      });
      this.flooded += (await flood.ended()).sent;
      this.floods += 1;
      await delay(eachMs / 2, undefined, { signal }).catch(() => {});
    }
  }

  private revoke(revocable: Revocable): void {
    const byCommand = (this.revocations += 1) % BY_COMMAND_ONE_IN === 0;
    if (byCommand) this.revokedByCommand += 1;
    const done = (byCommand ? this.revokeByCommand(revocable) : this.delete(revocable))
      .catch((error: unknown) => this.fail(error as Error))
      .finally(() => this.pending.delete(done));
    this.pending.add(done);
  }

  private async delete({ door, source }: Revocable): Promise<void> {
    await this.lab.redis.cli('DEL', `knockgate:{${door}}:grant:${source}`);
  }

  private async revokeByCommand({ door, source }: Revocable): Promise<void> {
    const args = ['revoke', door, source, '--config', this.lab.config];
    const { code, stderr } = await Knockgate.run(args, { host: this.lab.lab.server });
    // 1: it has ended by itself just before
    if (code !== 0 && !stderr.includes('no live grant'))
      throw new Error(`knockgate ${args.join(' ')}: ${code} ${stderr}`);
  }
}

function describe({ kind, at, ...about }: TrafficFault): string {
  return `${kind} at ${new Date(at).toISOString()}: ${JSON.stringify(about)}`;
}

/** What our processes have logged of whom it has happened to, and last of all. */
function logsAbout({ processes }: SoakLab, { source }: TrafficFault): string[] {
  const named = typeof source === 'string' ? `"${source}"` : '\0';
  return [...processes].map(([role, { program }]) => {
    const about = program.lines.filter((line) => line.includes(named)).slice(-LINES_TOLD);
    const last = program.lines.slice(-LINES_TOLD / 3);
    return `${role}, about it:\n${about.join('\n')}\nand last of all:\n${last.join('\n')}`;
  });
}
