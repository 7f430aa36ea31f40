import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { DoorSettings, ListenAddress, Settings } from '#config';
import { type Grant, type GrantKey, monotonicMs, toHostMs } from '#grants';
import type { Part } from '#runtime';
import { type EventLog, foldLoads, type ProcessLoad } from '#telemetry';
import type { GrantChanges, GrantFeed, KnownGrants } from './grant-feed.js';
import type { Live, LiveConnections } from './live-connections.js';
import type { DoorFigures } from './door-traffic.js';
import { restartDelayMs } from './restart-delay.js';
import type { PortServer, Serving } from './serving.js';
import { SharedPort, withoutSecrets } from './shared-port.js';
import { closed, noFigures, summedFigures } from './summed-figures.js';
import type { FedGrant, LogSettings, ToWorker, WorkerIds } from './worker-message.js';
import { WorkerProcess } from './worker-process.js';

/** A worker that lived for so long did not end for a reason that is there at each start. */
const LONG_LIFE_MS = 5000;
/** So often in a row, and the service manager shall know. */
const MAX_SHORT_LIVES = 8;
/** How long a hung worker can put off what the others have to say. */
const ANSWER_WITHIN_MS = 1000;
const LOOK_MS = 1000;
/** Within the 2 s that the process has to end. */
const END_WITHIN_MS = 1000;

/** The workers could not be started, or none of them lasts. */
export class WorkersFailed extends Error {
  override readonly name = 'WorkersFailed';
}

export interface PoolOptions {
  readonly count: number;
  readonly settings: Settings;
  readonly log: EventLog;
  /** Starts a process that waits to be told what to do, with no more rights than it needs. */
  readonly fork: () => ChildProcess;
  /** Who the workers become, where this process stays root. */
  readonly ids: () => WorkerIds | undefined;
  /** They all end, again and again. */
  readonly failed: (error: WorkersFailed) => void;
}

/**
 * Serves the doors in processes of their own, which accept from the same listening sockets. This one has the store, the
 * kernel's map and the sockets; it tells each worker what the store says. One that ends is replaced.
 */
export class WorkerPool implements Serving, LiveConnections, GrantFeed, Part {
  private readonly workers = new Set<WorkerProcess>();
  private readonly ports = new Map<number, SharedPort>();
  private known: () => KnownGrants | undefined = () => undefined;
  private revoke: (key: GrantKey) => Promise<boolean> = () => Promise.resolve(false);
  private portCount = 0;
  /** Of workers that have ended. */
  private before: readonly DoorFigures[] = [];
  /** Doors that were ever served: of others no worker is believed a word. */
  private readonly doorNames = new Set<string>();
  private shortLives = 0;
  private closing = false;
  private watch: NodeJS.Timeout | undefined;
  private logSettings: LogSettings;

  constructor(private readonly options: PoolOptions) {
    this.logSettings = options.settings;
  }

  /** @throws WorkersFailed */
  async ready(): Promise<void> {
    this.watch = setInterval(() => this.look(), LOOK_MS).unref();
    const workers = Array.from({ length: this.options.count }, () => this.start());
    const failures = await Promise.all(
      workers.map((worker) => Promise.race([worker.ended, this.join(worker).then(() => undefined)])),
    );
    const reason = failures.find((failure) => failure !== undefined);
    if (reason !== undefined) throw new WorkersFailed(`workers: one ended as it started: ${reason}`);
  }

  serverFor(address: ListenAddress, door: DoorSettings): PortServer {
    let port: SharedPort | undefined;
    this.doorNames.add(door.name);
    return {
      listen: async (at) => {
        const opened = (port = SharedPort.listen(at as number, { number: (this.portCount += 1), address, door }));
        this.ports.set(opened.number, opened);
        await withinReason(this.joined.map((worker) => opened.handOver(worker)));
      },
      open: (next) => {
        if (port === undefined) return;
        port.door = next;
        this.doorNames.add(next.name);
        this.tellAll({ kind: 'open', port: port.number, door: withoutSecrets(next) });
      },
      close: () => {
        if (port === undefined || !this.ports.delete(port.number)) return;
        port.close();
        this.tellAll({ kind: 'close', port: port.number });
      },
    };
  }

  end(key: GrantKey, how: keyof Live): Promise<number> {
    return this.askAll({ kind: 'end', key, how });
  }

  cutAll(door?: string): Promise<number> {
    return this.askAll({ kind: 'cutAll', door });
  }

  startWith(known: () => KnownGrants | undefined): void {
    this.known = known;
  }

  heed(revoke: (key: GrantKey) => Promise<boolean>): void {
    this.revoke = revoke;
  }

  snapshot(grants: readonly Grant[], heardMs: number): void {
    this.tellAll(snapshotOf({ grants, heardMs }));
  }

  changes({ news, gone }: GrantChanges): void {
    if (news.length + gone.length === 0) return;
    this.tellAll({ kind: 'changes', granted: news.map(fed), ended: gone.map(({ door, ip }) => ({ door, ip })) });
  }

  stayFresh(heardMs: number): void {
    this.tellAll({ kind: 'heard', heardHostMs: toHostMs(heardMs) });
  }

  reopenLog(): void {
    this.tellLog({ kind: 'reopenLog' });
  }

  configureLog({ logFile, logLevel, useSyslog }: LogSettings): void {
    this.logSettings = { logFile, logLevel, useSyslog };
    this.tellLog({ kind: 'log', settings: this.logSettings });
  }

  /** Unless all of them are there and let people in. */
  get problem(): string | undefined {
    const { count } = this.options;
    const well = [...this.workers].filter((worker) => worker.healthy).length;
    return well === count ? undefined : `${count - well} of ${count} workers are not there, hang, or know of no grants`;
  }

  figures(): readonly DoorFigures[] {
    return summedFigures([
      ...[...this.doorNames].map(noFigures),
      ...this.before,
      ...this.joined.flatMap((worker) => this.figuresOf(worker)),
    ]);
  }

  load(): ProcessLoad {
    return foldLoads([...this.workers].map(({ load }) => load));
  }

  get workerCount(): number {
    return this.joined.length;
  }

  async close(): Promise<void> {
    this.closing = true;
    clearInterval(this.watch);
    const workers = [...this.workers];
    for (const worker of workers) worker.dismiss();
    await Promise.race([Promise.all(workers.map(({ ended }) => ended)), unhurried(END_WITHIN_MS)]);
    for (const worker of this.workers) worker.kill();
  }

  private get joined(): readonly WorkerProcess[] {
    return [...this.workers].filter(({ joined }) => joined);
  }

  /** SECURITY: what a worker says of doors that are none is not taken on. */
  private figuresOf({ figures }: WorkerProcess): readonly DoorFigures[] {
    return figures.filter(({ door }) => this.doorNames.has(door));
  }

  private start(): WorkerProcess {
    const worker = new WorkerProcess(this.options.fork(), (key) => this.revoke(key));
    this.workers.add(worker);
    void worker.ended.then((reason) => this.bury(worker, reason));
    return worker;
  }

  /** Resolves once it serves all ports, or has ended. */
  private async join(worker: WorkerProcess): Promise<void> {
    const { options, logSettings } = this;
    const { logFile, logLevel, useSyslog } = logSettings;
    // SECURITY: neither passwords nor sequences
    const secret = { store: { kind: 'memory' }, doors: [] } as const;
    const settings = { ...options.settings, ...secret, logFile, logLevel, useSyslog };
    if ((await worker.ask({ kind: 'start', settings, ids: options.ids() })) === undefined) return;
    worker.joined = true;
    const known = this.known();
    if (known !== undefined) worker.tell(snapshotOf(known));
    await Promise.all([...this.ports.values()].map((port) => port.handOver(worker)));
    if (this.workers.has(worker)) options.log.emit({ event: 'worker_started', pid: worker.pid });
  }

  private bury(worker: WorkerProcess, reason: string): void {
    this.workers.delete(worker);
    const ended = this.figuresOf(worker).map(closed);
    this.before = summedFigures([...this.before, ...ended]);
    if (this.closing) return;
    this.shortLives = monotonicMs() - worker.startedMs < LONG_LIFE_MS ? this.shortLives + 1 : 0;
    this.options.log.emit({ event: 'worker_ended', pid: worker.pid, reason });
    if (this.shortLives >= MAX_SHORT_LIVES && this.joined.length === 0) {
      this.options.failed(new WorkersFailed(`workers: each ends as soon as it starts: ${reason}`));
    } else {
      void this.replace();
    }
  }

  private async replace(): Promise<void> {
    const delayMs = restartDelayMs(this.shortLives);
    if (delayMs > 0) await unhurried(delayMs);
    if (!this.closing) await this.join(this.start());
  }

  /** Once a second. */
  private look(): void {
    for (const worker of this.workers) {
      worker.look();
      const known = worker.stale ? this.known() : undefined;
      if (known !== undefined) worker.tell(snapshotOf(known));
    }
  }

  private tellAll(message: ToWorker): void {
    for (const worker of this.joined) worker.tell(message);
  }

  /** Those that are still starting too: they may have a log already. */
  private tellLog(message: ToWorker): void {
    for (const worker of this.workers) worker.tell(message);
  }

  private async askAll(message: ToWorker): Promise<number> {
    let sum = 0;
    const answers = this.joined.map(async (worker) => {
      const connections = (await worker.ask(message)) ?? 0;
      sum += connections; // one that answers too late is not waited for
    });
    await withinReason(answers);
    return sum;
  }
}

function snapshotOf({ grants, heardMs }: KnownGrants): ToWorker {
  return { kind: 'snapshot', grants: grants.map(fed), heardHostMs: toHostMs(heardMs) };
}

function fed({ door, ip, deadlineMs }: Grant): FedGrant {
  return { door, ip, deadlineHostMs: toHostMs(deadlineMs) };
}

/** Does not wait for a worker that hangs. */
async function withinReason(answers: readonly Promise<unknown>[]): Promise<void> {
  await Promise.race([Promise.all(answers), unhurried(ANSWER_WITHIN_MS)]);
}

/** Keeps no process from ending. */
function unhurried(ms: number): Promise<void> {
  return delay(ms, undefined, { ref: false });
}
