import type { ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { DoorSettings, ListenAddress, Settings } from '#config';
import { type Grant, type GrantKey, monotonicMs, toHostMs } from '#grants';
import { listenTcp, stopListening } from '#kernel';
import type { Part } from '#runtime';
import type { EventLog } from '#telemetry';
import { BACKLOG, ListenFailed } from './door-server.js';
import type { GrantFeed, KnownGrants } from './grant-feed.js';
import type { Live, LiveConnections } from './live-connections.js';
import { restartDelayMs } from './restart-delay.js';
import type { PortServer, Serving } from './serving.js';
import type { FedGrant, LogSettings, ToWorker, WorkerIds } from './worker-message.js';
import { WorkerProcess } from './worker-process.js';

/** A worker that lived for so long did not end for a reason that is there at each start. */
const LONG_LIFE_MS = 5000;
/** So often in a row, and the service manager shall know. */
const MAX_SHORT_LIVES = 8;
/** How long a hung worker can put off what the others have to say. */
const ANSWER_WITHIN_MS = 1000;
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

/** A listening socket, which this process keeps and never accepts from. */
interface SharedPort {
  readonly number: number;
  readonly address: ListenAddress;
  readonly fd: number;
  /** The same socket, as it can be sent to a worker. */
  readonly socket: Socket;
  door: DoorSettings;
}

/**
 * Serves the doors in processes of their own, which accept from the same listening sockets. This one has the store, the
 * kernel's map and the sockets; it tells each worker what the store says. One that ends is replaced.
 */
export class WorkerPool implements Serving, LiveConnections, GrantFeed, Part {
  private readonly workers = new Set<WorkerProcess>();
  private readonly ports = new Map<number, SharedPort>();
  private known: () => KnownGrants | undefined = () => undefined;
  private portCount = 0;
  private deniedBefore = 0;
  private shortLives = 0;
  private closing = false;

  constructor(private readonly options: PoolOptions) {}

  /** @throws WorkersFailed */
  async ready(): Promise<void> {
    const workers = Array.from({ length: this.options.count }, () => this.start());
    const failures = await Promise.all(
      workers.map((worker) => Promise.race([worker.ended, this.join(worker).then(() => undefined)])),
    );
    const reason = failures.find((failure) => failure !== undefined);
    if (reason !== undefined) throw new WorkersFailed(`workers: one ended as it started: ${reason}`);
  }

  serverFor(address: ListenAddress, door: DoorSettings): PortServer {
    let port: SharedPort | undefined;
    return {
      listen: async (at) => {
        port = this.listen(at as number, address, door);
        await Promise.all(this.joined.map((worker) => this.handOver(port!, worker)));
      },
      open: (next) => {
        if (port === undefined) return;
        port.door = next;
        this.tellAll({ kind: 'open', port: port.number, door: withoutSecrets(next) });
      },
      close: () => {
        if (port !== undefined) this.unlisten(port);
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

  snapshot(grants: readonly Grant[], heardMs: number): void {
    this.tellAll(snapshotOf({ grants, heardMs }));
  }

  changed({ door, ip }: GrantKey, grant: Grant | undefined): void {
    this.tellAll(grant === undefined ? { kind: 'ended', key: { door, ip } } : { kind: 'granted', grant: fed(grant) });
  }

  stayFresh(heardMs: number): void {
    this.tellAll({ kind: 'heard', heardHostMs: toHostMs(heardMs) });
  }

  reopenLog(): void {
    this.tellAll({ kind: 'reopenLog' });
  }

  configureLog({ logFile, logLevel, useSyslog }: LogSettings): void {
    this.tellAll({ kind: 'log', settings: { logFile, logLevel, useSyslog } });
  }

  /** All of them are there and let people in. */
  get healthy(): boolean {
    return this.workers.size === this.options.count && [...this.workers].every((worker) => worker.healthy);
  }

  gauges(): { readonly connections: number; readonly denied: number; readonly workers: number } {
    const workers = this.joined;
    const connections = workers.reduce((sum, worker) => sum + worker.connections, 0);
    const denied = workers.reduce((sum, worker) => sum + worker.denied, this.deniedBefore);
    return { connections, denied, workers: workers.length };
  }

  async close(): Promise<void> {
    this.closing = true;
    const workers = [...this.workers];
    for (const worker of workers) worker.dismiss();
    await Promise.race([Promise.all(workers.map(({ ended }) => ended)), unhurried(END_WITHIN_MS)]);
    for (const worker of this.workers) worker.kill();
  }

  private get joined(): readonly WorkerProcess[] {
    return [...this.workers].filter(({ joined }) => joined);
  }

  private start(): WorkerProcess {
    const worker = new WorkerProcess(this.options.fork());
    this.workers.add(worker);
    void worker.ended.then((reason) => this.bury(worker, reason));
    return worker;
  }

  /** Resolves once it serves all ports, or has ended. */
  private async join(worker: WorkerProcess): Promise<void> {
    const { settings, ids } = this.options;
    const told = { ...settings, store: { kind: 'memory' }, doors: [] } as const; // SECURITY: neither passwords nor sequences
    if ((await worker.ask({ kind: 'start', settings: told, ids: ids() })) === undefined) return;
    worker.joined = true;
    const known = this.known();
    if (known !== undefined) worker.tell(snapshotOf(known));
    await Promise.all([...this.ports.values()].map((port) => this.handOver(port, worker)));
    if (this.workers.has(worker)) this.options.log.emit({ event: 'worker_started', pid: worker.pid });
  }

  private bury(worker: WorkerProcess, reason: string): void {
    this.workers.delete(worker);
    this.deniedBefore += worker.denied;
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

  /** SECURITY: a filter is on the socket by now, and the kernel lets nobody find it before it is published. */
  private listen(fd: number, address: ListenAddress, door: DoorSettings): SharedPort {
    try {
      listenTcp(fd, BACKLOG);
    } catch (error) {
      throw new ListenFailed((error as NodeJS.ErrnoException).code ?? String(error), { cause: error });
    }
    const socket = new Socket({ fd, readable: false, writable: false });
    const port = { number: (this.portCount += 1), address, socket, fd, door };
    this.ports.set(port.number, port);
    return port;
  }

  private async handOver({ number, address, door, socket }: SharedPort, worker: WorkerProcess): Promise<void> {
    await worker.ask({ kind: 'listen', port: number, address, door: withoutSecrets(door) }, socket);
  }

  private unlisten({ number, fd, socket }: SharedPort): void {
    if (!this.ports.delete(number)) return;
    stopListening(fd); // in the workers too, and at once: the kernel is about to hide it no more
    this.tellAll({ kind: 'close', port: number });
    socket.destroy();
  }

  private tellAll(message: ToWorker): void {
    for (const worker of this.joined) worker.tell(message);
  }

  private async askAll(message: ToWorker): Promise<number> {
    let sum = 0;
    const answers = this.joined.map(async (worker) => {
      const connections = (await worker.ask(message)) ?? 0;
      sum += connections; // one that answers too late is not waited for
    });
    await Promise.race([Promise.all(answers), unhurried(ANSWER_WITHIN_MS)]);
    return sum;
  }
}

/** SECURITY: who speaks with clients need not know how to knock, nor what is run then. */
function withoutSecrets(door: DoorSettings): DoorSettings {
  const none = { start: undefined, stop: undefined };
  return { ...door, sequence: [], oneTimeSequences: undefined, commands: { 4: none, 6: none } };
}

function snapshotOf({ grants, heardMs }: KnownGrants): ToWorker {
  return { kind: 'snapshot', grants: grants.map(fed), heardHostMs: toHostMs(heardMs) };
}

function fed({ door, ip, deadlineMs }: Grant): FedGrant {
  return { door, ip, deadlineHostMs: toHostMs(deadlineMs) };
}

/** Keeps no process from ending. */
function unhurried(ms: number): Promise<void> {
  return delay(ms, undefined, { ref: false });
}
