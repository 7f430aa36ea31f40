import 'reflect-metadata';
import { type INestApplicationContext, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Settings } from '#config';
import { openStore } from '#grants';
import { CoreModule } from '#runtime';
import { type EventLog, Metrics, NestLogger } from '#telemetry';
import type { Console } from '../console/index.js';
import type { CoverOptions } from '../gateway/index.js';
import type { ConfigWishes } from './config-options.js';
import { ConfigReader } from './config-reader.js';
import type { ConsoleRole } from './console-role.js';
import type { GatewayParts, GatewayRole } from './gateway-role.js';
import { leaveRights } from './leave-rights.js';
import type { ListenerRole } from './listener-role.js';
import { ownVersion } from './own-version.js';
import { PidFile } from './pid-file.js';
import { ProcessLog } from './process-log.js';
import { Reload } from './reload.js';
import { ServiceNotifier } from './service-notifier.js';

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

/** What this process is, each loaded only where it is one: together they take tens of MB. */
interface Own {
  readonly listener: ListenerRole | undefined;
  readonly gateway: GatewayRole | undefined;
  readonly console: ConsoleRole | undefined;
}

/** From the host, while there are rights to it. @throws (rejects) CommandFailed */
async function taken({ roles, settings, cover }: ProcessOptions): Promise<Own> {
  const listener = roles.includes('listener') ? (await import('./listener-role.js')).listenerRole : undefined;
  const own = roles.includes('console') ? (await import('./console-role.js')).ConsoleRole : undefined;
  const opens = roles.includes('gateway') || cover !== undefined;
  const gateway = opens ? (await import('./gateway-role.js')).GatewayRole : undefined;
  return { listener, console: own?.take({ roles, settings }), gateway: gateway?.take({ settings, cover }) };
}

interface Initialized {
  readonly app: INestApplicationContext;
  readonly listener: ListenerRole | undefined;
  readonly gateway: GatewayRole | undefined;
  readonly console: Console | undefined;
}

/**
 * What wants rights comes first: the kernel's part of the gate and the sockets of the public addresses. A gateway alone
 * gives its rights up before anything from the network is read; together with a listener, once that hears.
 */
async function initialized(options: ProcessOptions, means: Means): Promise<Initialized> {
  const { roles, settings } = options;
  const { log } = means;
  const { listener, gateway, console: own } = await taken(options);
  const leave = (): void => leaveRights({ roles, settings, ...means });
  if (listener === undefined) leave();
  const does = roles.filter((role) => role !== 'console' || own?.isSeated === true);
  const parts = gateway?.parts(means);
  const store = openStore({
    store: settings.store,
    maxEvents: settings.limits.events,
    unconfirmed: (what) => log.emit({ event: 'replicas_behind', ...what }),
  });
  const core = CoreModule.with({ settings, store, log, identity: { roles: does, version: ownVersion() } });
  const app = await createApp(log, parts, [core, ...(listener === undefined ? [] : [listener.module])]);
  try {
    await app.init();
    if (listener !== undefined && roles.includes('gateway')) leave();
    await gateway?.open(app);
    return { app, listener, gateway, console: await own?.open({ store, log, metrics: app.get(Metrics) }) };
  } catch (error) {
    await app.close();
    gateway?.close();
    own?.close();
    const explained = listener?.explained(error) ?? error;
    throw gateway?.explained(explained) ?? explained;
  }
}

function createApp(
  log: EventLog,
  parts: GatewayParts | undefined,
  modules: NonNullable<ModuleMetadata['imports']>,
): Promise<INestApplicationContext> {
  const options = { logger: new NestLogger(log), abortOnError: false };
  const root = rootModule(parts === undefined ? modules : [...modules, parts.module]);
  if (parts?.front === undefined) return NestFactory.createApplicationContext(root, options);
  return NestFactory.create(root, parts.front.adapter, { ...options, bodyParser: false });
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
