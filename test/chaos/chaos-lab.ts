import { writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Capture } from '../lab/capture.js';
import { freePort } from '../lab/free-port.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { Nginx } from '../lab/nginx.js';
import type { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { Visitor } from '../lab/traffic/visitor.js';
import type { PartName, Trial } from './fault-plan.js';
import { type LateBytes, lateBytes, type Shut } from './late-bytes.js';
import { Part, type Running } from './part.js';

/** The kernel hides the first two; at the third strangers are reset. */
const PORTS = { HTTP: 80, TCP: 8022, RESET: 8090 } as const;
const ALL = Object.values(PORTS);
const HIDDEN = [PORTS.HTTP, PORTS.TCP];
const KNOCK = [6100, 7100];
const PAGE_EVERY_MS = 25;
const KNOCK_EVERY_MS = 200;
/** What a grant has left as the faults begin. */
const ENDING_MS = 1000;
const WAIT_MS = 60_000;

export interface TrialResult {
  /** From the return of the last part until a page was served that was asked for after it: of the slowest door, in milliseconds. */
  readonly servedMs: number;
  /** The same until a knock was granted; they come each 200 ms. */
  readonly knockedMs: number;
  /** What should not have been, in words. */
  readonly wrong: readonly string[];
}

/** What the captures show of the whole time. */
export interface Proof {
  /** What TCP carried to who never had a grant, from any door. */
  readonly strangerBytes: number;
  /** What he was answered by hidden doors that was no RST. */
  readonly strangerAnswers: number;
  /** RSTs that he got: with none his capture would prove nothing. */
  readonly strangerResets: number;
  /** How often his attempts at each port came to what. */
  readonly strangerOutcomes: Readonly<Record<string, number>>;
  /** What hidden doors sent to whom whose grant was over. */
  readonly late: LateBytes;
  /** How often a grant ended. */
  readonly ends: number;
}

interface Parts extends Readonly<Record<PartName, Part>> {
  readonly listener: Part<Program>;
}

/** Everything under load, in namespaces of its own; each part can be taken away and brought back. */
export class ChaosLab implements AsyncDisposable {
  private readonly shut: Shut[] = [];
  private endMs = 0;

  private constructor(
    private readonly lab: NetLab,
    private readonly redis: RedisServer,
    private readonly parts: Parts,
    private readonly visitors: Visitors,
    private readonly opened: readonly AsyncDisposable[],
  ) {}

  /** @param workers of the gateway; undefined: none */
  static async start({ workers }: { readonly workers?: number | undefined } = {}): Promise<ChaosLab> {
    const opened: AsyncDisposable[] = [];
    const keep = <T extends AsyncDisposable>(one: T): T => (opened.unshift(one), one);
    try {
      const lab = keep(await NetLab.create({ clients: ['client', 'former', 'knocker', 'stranger'] }));
      const folder = keep(await TempDir.create('chaos'));
      const redis = keep(await RedisServer.start({ host: lab.server, keepIn: folder.path }));
      const port = await freePort();
      const config = folder.file('knockgate.yaml');
      await writeFile(config, configOf({ store: redis.url, upstream: `127.0.0.1:${port}`, workers }));
      const knockgate = async (role: string): Promise<Program> => {
        const options = { host: lab.server, ready: /"ready: /u, timeoutMs: WAIT_MS };
        return (await Knockgate.start([role, '--config', config], options)).program;
      };
      const nginx = (): Promise<Nginx> => Nginx.start({ host: lab.server, port, bigBytes: 1e9, bigRate: 2e5 });
      const parts = {
        redis: await Part.start(() => startedAgain(redis)),
        nginx: await Part.start(() => nginx().then(asRunning)),
        listener: await Part.start(() => knockgate('listen')),
        gateway: await Part.start(() => knockgate('serve')),
      };
      opened.unshift(...Object.values(parts));
      await grantAll(redis, lab.host('client').address, 86_400_000);
      const visitors = await startVisitors(lab, keep);
      return new ChaosLab(lab, redis, parts, visitors, opened);
    } catch (error) {
      for (const each of opened) await each[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Has a grant end while the faults of a trial befall the parts, and waits until all is as it should be. */
  async run({ faults, back }: Trial): Promise<TrialResult> {
    await this.letIn();
    const returns: (() => Promise<number>)[] = [];
    for (const fault of faults) returns.push(await this.parts[fault.part].befall(fault));
    let backMs = 0;
    for (const place of back) backMs = await returns[place]!();
    const knockedMs = this.knockedMs(backMs);
    const served = ALL.map((port) => this.visitors.client.served(port, backMs, WAIT_MS));
    const servedMs = Math.max(...(await Promise.all(served)).map(({ endedMs }) => endedMs - backMs));
    return { servedMs, knockedMs: await knockedMs, wrong: await this.wrongAfterEnd() };
  }

  /** Ends the load. */
  async prove(): Promise<Proof> {
    const { stranger, former, strangerCapture, formerCapture } = this.visitors;
    this.shut.push({ fromMs: this.endMs, toMs: Infinity });
    await former.stop();
    const strangerOutcomes = await stranger.stop();
    const hidden = HIDDEN.map((port) => `src port ${port}`).join(' or ');
    const [all, answers, resets] = [
      await strangerCapture.count(),
      await strangerCapture.count(`(${hidden}) and tcp[tcpflags] & tcp-rst == 0`),
      await strangerCapture.count(`(${hidden}) and tcp[tcpflags] & tcp-rst != 0`),
    ];
    const frames = await formerCapture.capturedFrames();
    return {
      strangerBytes: all.payloadBytes,
      strangerAnswers: answers.packets,
      strangerResets: resets.packets,
      strangerOutcomes,
      late: lateBytes(frames, { from: this.lab.server.address, ports: HIDDEN, shut: this.shut }),
      ends: this.shut.length - 1,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const each of this.opened) await each[Symbol.asyncDispose]();
  }

  /** Lets one in for a second, and waits until he has been served. */
  private async letIn(): Promise<void> {
    const { address } = this.lab.host('former');
    this.shut.push({ fromMs: this.endMs, toMs: Date.now() });
    // the redis-cli and the first pages of a busy machine may take all of a second: then another one
    for (let attempt = 0; ; attempt += 1) {
      const fromMs = Date.now();
      this.endMs = await grantAll(this.redis, address, ENDING_MS);
      const served = ALL.map((port) => this.visitors.former.served(port, fromMs, ENDING_MS).catch(() => undefined));
      if (!(await Promise.all(served)).includes(undefined)) return;
      if (attempt === 10) throw new Error('who has a grant of a second is not served within it');
    }
  }

  private async knockedMs(backMs: number): Promise<number> {
    const knocked = /"time":"([^"]+)".*OPEN SESAME/u;
    const at = (line: string): number | undefined => {
      const [, time] = knocked.exec(line) ?? [];
      const atMs = time === undefined ? -1 : Date.parse(time);
      return atMs >= backMs ? atMs : undefined;
    };
    const { now } = this.parts.listener;
    const options = { timeoutMs: WAIT_MS, after: now.lineCount - 100 };
    return (await now.waitFor(at, 'a knock that opens', options)) - backMs;
  }

  /** Once the grant is over: what its former owner gets. */
  private async wrongAfterEnd(): Promise<string[]> {
    await delay(this.endMs - Date.now());
    const { former } = this.visitors;
    const after = await Promise.all(ALL.map((port) => former.next(port, this.endMs, WAIT_MS)));
    const pages = [...after, ...former.between(this.endMs, Date.now())].filter(({ bytes }) => bytes > 0);
    return [
      ...new Set(pages.map(({ port, begunMs }) => `port ${port}: served ${begunMs - this.endMs} ms after the end`)),
    ];
  }
}

interface Visitors {
  /** Has a grant all the time. */
  readonly client: Visitor;
  /** Has one that ends, again and again. */
  readonly former: Visitor;
  /** Never has one. */
  readonly stranger: Visitor;
  readonly formerCapture: Capture;
  readonly strangerCapture: Capture;
}

async function startVisitors(lab: NetLab, keep: <T extends AsyncDisposable>(one: T) => T): Promise<Visitors> {
  const { address: target } = lab.server;
  const filter = `tcp and src host ${target}`;
  const formerCapture = keep(await Capture.start(lab.host('former'), { filter }));
  const strangerCapture = keep(await Capture.start(lab.host('stranger'), { filter }));
  const pages = { target, pages: ALL, everyMs: PAGE_EVERY_MS };
  const knocks = { sequence: KNOCK, everyMs: KNOCK_EVERY_MS };
  keep(await Visitor.start(lab.host('knocker'), { target, everyMs: 100, pages: [PORTS.TCP], knocks, quiet: true }));
  return {
    formerCapture,
    strangerCapture,
    client: keep(await Visitor.start(lab.host('client'), { ...pages, downloads: ALL })),
    former: keep(await Visitor.start(lab.host('former'), { ...pages, downloads: ALL })),
    stranger: keep(await Visitor.start(lab.host('stranger'), { ...pages, everyMs: 50, quiet: true })),
  };
}

/** As a person would with redis-cli. @returns when it ends, on the machine's clock */
async function grantAll(redis: RedisServer, ip: string, ttlMs: number): Promise<number> {
  const script = `local time = redis.call('TIME')
    local ends = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
    for _, key in ipairs(KEYS) do redis.call('HSET', key, 'ip', 'x') redis.call('PEXPIREAT', key, ends) end
    return ends`;
  const keys = Object.keys(PORTS).map((door) => `knockgate:{${door}}:grant:${ip}`);
  return Number(await redis.cli('EVAL', script, String(keys.length), ...keys, String(ttlMs)));
}

function configOf({ store, upstream, workers }: { store: string; upstream: string; workers: number | undefined }) {
  const door = (name: keyof typeof PORTS, scheme: string, more: string): string =>
    `  ${name}: { listen: '0.0.0.0:${PORTS[name]}', upstream: '${scheme}://${upstream}', ${more} }`;
  return `
store: ${store}
store_max_stale: 2s
${workers === undefined ? '' : `workers: ${workers}`}
doors:
${door('HTTP', 'http', "sequence: '6000,7000', hide: closed")}
${door('TCP', 'tcp', `sequence: '${KNOCK.join()}', cmd_timeout: 2, hide: closed`)}
${door('RESET', 'http', "sequence: '6200,7200', hide: reset")}
`;
}

/** redis-server keeps to its port and its folder. */
async function startedAgain(redis: RedisServer): Promise<Running> {
  if (!redis.isRunning) await redis.start();
  return {
    signal: (signal) => (signal === 'SIGSTOP' ? redis.pause() : redis.resume()),
    stop: (signal) => redis.stop(signal),
  };
}

function asRunning(nginx: Nginx): Running {
  return {
    signal: (signal) => nginx.program.signal(signal),
    stop: async (signal) => {
      await nginx.program.stop(signal);
      await nginx.stop(); // its folder too
    },
  };
}
