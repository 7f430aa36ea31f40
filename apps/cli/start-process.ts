import 'reflect-metadata';
import { type INestApplicationContext, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Settings } from '#config';
import { openStore } from '#grants';
import { CoreModule } from '#runtime';
import { type EventLog, Metrics, NestLogger } from '#telemetry';
import { type Console, ConsoleSeat } from '../console/index.js';
import {
  CoverModule,
  type CoverOptions,
  DoorPort,
  FastifyFront,
  Gateway,
  GatewayModule,
  HideUnavailable,
  Hiding,
  ListenFailed,
  proxied,
  WorkerPool,
  WorkersFailed,
} from '../gateway/index.js';
import { CaptureDenied, CaptureRefused, JournalUnreadable, ListenerModule } from '../listener/index.js';
import { CommandFailed } from './command-failed.js';
import type { ConfigWishes } from './config-options.js';
import { ConfigReader } from './config-reader.js';
import { forkWorker } from './fork-worker.js';
import { leaveRights, nextUser } from './leave-rights.js';
import { openConsole, type Seat, takeSeat } from './operator-console.js';
import { ownVersion } from './own-version.js';
import { PidFile } from './pid-file.js';
import { ProcessLog } from './process-log.js';
import { Reload } from './reload.js';
import { ServiceNotifier } from './service-notifier.js';
import { workerCount } from './worker-count.js';
import { letGrow } from './young-generation.js';

/** hide: hides another daemon's port. */
export type Role = 'listener' | 'gateway' | 'hide' | 'console';

export interface ProcessOptions {
  readonly roles: readonly Role[];
  readonly settings: Settings;
  /** Where the config comes from, to read it again. */
  readonly wishes: ConfigWishes;
  /** With the role of that name: what to hide. */
  readonly cover?: CoverOptions;
}

/** The contract: within 2 s of the signal. */
const SHUTDOWN_MS = 1800;

/** Runs these roles in this process until a signal ends it. Rejects if one cannot start; then nothing is left open. */
export async function startProcess(options: ProcessOptions): Promise<void> {
  const { roles, settings } = options;
  const notifier = ServiceNotifier.take(process.env);
  const output = new ProcessLog(settings);
  output.prepare(settings)();
  const log = output.events;
  const pidFile = roles.includes('listener') ? claimed(settings.pidFile) : undefined;
  const reader = new ConfigReader(options.wishes);
  const parts = await initialized(options, { log, output, reader }).catch((error: unknown) => {
    pidFile?.remove();
    reader.close();
    throw error;
  });
  const does = roles.filter((role) => role !== 'console' || parts.console !== undefined).join(' and ');
  const status = `${does}, doors: ${settings.doors.length}`;
  const reread = (): Promise<Settings> => reader.read();
  handleSignals(
    { ...parts, log, notifier, pidFile },
    new Reload({ ...options, ...parts, output, notifier, status, reread }),
  );
  if (roles.includes('gateway')) letGrow();
  log.emit({ event: 'ready', roles: does, doors: settings.doors.length });
  notifier.ready(status);
  notifier.keepAlive();
}

function claimed(path: string | undefined): PidFile | undefined {
  return path === undefined ? undefined : PidFile.claim(path);
}

interface Means {
  readonly log: EventLog;
  readonly output: ProcessLog;
  readonly reader: ConfigReader;
}

/**
 * What wants rights comes first: the kernel's part of the gate and the sockets of the public addresses. A gateway alone
 * gives its rights up before anything from the network is read; together with a listener, once that hears.
 */
async function initialized(options: ProcessOptions, means: Means): Promise<Initialized> {
  const { roles, settings } = options;
  const { hiding, ports, seat } = taken(options);
  const leave = (): void => leaveRights({ roles, settings, ...means });
  if (!roles.includes('listener')) leave();
  const workers = workersFor(options, means, hiding);
  const does = roles.filter((role) => role !== 'console' || seat instanceof ConsoleSeat);
  const { log } = means;
  const store = openStore({
    store: settings.store,
    maxEvents: settings.limits.events,
    unconfirmed: (what) => log.emit({ event: 'replicas_behind', ...what }),
  });
  const app = await createApp(options, {
    imports: [CoreModule.with({ settings, store, log, identity: { roles: does, version: ownVersion() } })],
    hiding,
    workers,
    ...means,
  });
  try {
    await app.init();
    if (roles.includes('listener') && roles.includes('gateway')) leave();
    if (roles.includes('gateway')) await app.get(Gateway).open(ports);
    return {
      app,
      workers,
      console: await openConsole(seat, options, { store, log: means.log, metrics: app.get(Metrics) }),
    };
  } catch (error) {
    await app.close();
    for (const port of ports) port.close();
    if (seat instanceof ConsoleSeat) seat.leave();
    throw explained(error);
  }
}

interface Initialized {
  readonly app: INestApplicationContext;
  readonly workers: WorkerPool | undefined;
  readonly console: Console | undefined;
}

/** Undefined: this process serves the doors itself. */
function workersFor(
  { roles, settings }: ProcessOptions,
  { log, output }: Means,
  hiding: Hiding | undefined,
): WorkerPool | undefined {
  const count = workerCount(settings);
  if (!roles.includes('gateway') || count === 1) return undefined;
  if (process.platform !== 'linux') throw new CommandFailed(['workers: more than one need Linux; write workers: 1'], 2);
  return new WorkerPool({
    count,
    settings,
    log,
    fork: () => forkWorker({ logFd: output.fd, linkFd: hiding?.link }),
    ids: () => nextUser(settings),
    failed: (error) => {
      throw error;
    },
  });
}

interface Taken {
  readonly hiding: Hiding | undefined;
  readonly ports: readonly DoorPort[];
  readonly seat: Seat;
}

/** From the kernel, while there are rights to it. */
function taken({ roles, settings, cover }: ProcessOptions): Taken {
  try {
    if (cover !== undefined) return { hiding: Hiding.cover(settings, cover), ports: [], seat: undefined };
    const seat = takeSeat({ roles, settings });
    if (!roles.includes('gateway')) return { hiding: undefined, ports: [], seat };
    const hiding = Hiding.take(settings);
    return { hiding, ports: proxied(settings).flatMap((door) => DoorPort.bindAll(door, door.listen, hiding)), seat };
  } catch (error) {
    throw explained(error);
  }
}

interface AppParts extends Means {
  readonly workers: WorkerPool | undefined;
  readonly imports: NonNullable<ModuleMetadata['imports']>;
  readonly hiding: Hiding | undefined;
}

async function createApp(
  { roles, cover }: ProcessOptions,
  { imports, hiding, log, workers }: AppParts,
): Promise<INestApplicationContext> {
  const options = { logger: new NestLogger(log), abortOnError: false };
  if (roles.includes('listener')) imports.push(ListenerModule);
  if (hiding !== undefined && cover !== undefined) imports.push(CoverModule.of(hiding, cover));
  if (hiding !== undefined && workers !== undefined) imports.push(GatewayModule.over(workers, hiding));
  if (hiding === undefined || cover !== undefined || workers !== undefined) {
    return NestFactory.createApplicationContext(rootModule(imports), options);
  }
  const front = new FastifyFront();
  imports.push(GatewayModule.behind(front, hiding));
  return NestFactory.create(rootModule(imports), front.adapter, { ...options, bodyParser: false });
}

function rootModule(imports: NonNullable<ModuleMetadata['imports']>): new () => object {
  @Module({ imports })
  class RootModule {}
  return RootModule;
}

interface Running {
  readonly app: INestApplicationContext;
  readonly console: Console | undefined;
  readonly log: EventLog;
  readonly notifier: ServiceNotifier;
  readonly pidFile: PidFile | undefined;
}

function handleSignals({ app, console: own, log, notifier, pidFile }: Running, reload: Reload): void {
  const end = (code: 0 | 1): never => {
    pidFile?.remove();
    process.exit(code);
  };
  // the console first: it is shown what the other has
  const closeBoth = async (): Promise<void> => {
    await own?.close();
    await app.close();
  };
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log.emit({ event: 'stopping', signal });
    notifier.stopping();
    setTimeout(() => end(0), SHUTDOWN_MS).unref();
    void closeBoth().finally(() => end(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => reload.request());
  // A fault of ours: with the process every connection ends, and the service manager starts it anew.
  process.on('uncaughtException', (error) => {
    log.emit({ event: 'crashed', reason: error.message });
    end(1);
  });
}

function explained(error: unknown): unknown {
  if (error instanceof JournalUnreadable) return new CommandFailed([error.message], 2, { cause: error });
  if (error instanceof HideUnavailable) return new CommandFailed([error.message], 2, { cause: error });
  if (error instanceof WorkersFailed) return new CommandFailed([error.message], 1, { cause: error });
  if (error instanceof ListenFailed) return new CommandFailed([error.message], 1, { cause: error });
  if (error instanceof CaptureRefused) return new CommandFailed([error.message], 2, { cause: error });
  if (error instanceof CaptureDenied) {
    const cures = [
      'run as root (sudo)',
      'give node the right (sudo setcap cap_net_raw+ep "$(readlink -f "$(command -v node)")")',
      'or use docker compose up',
    ];
    return new CommandFailed([`no right to open a raw socket (CAP_NET_RAW): ${cures.join(', ')}`], 1, { cause: error });
  }
  return error;
}
