import { type INestApplicationContext, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Settings } from '#config';
import { openStore } from '#grants';
import { CoreModule } from '#runtime';
import { type EventLog, NestLogger } from '#telemetry';
import { FastifyFront, GatewayModule, ListenFailed } from '../gateway/index.js';
import { CaptureDenied, CaptureRefused, JournalUnreadable, ListenerModule } from '../listener/index.js';
import { CommandFailed } from './command-failed.js';
import { PidFile } from './pid-file.js';
import { ProcessLog } from './process-log.js';
import { Reload } from './reload.js';
import { ServiceNotifier } from './service-notifier.js';

export type Role = 'listener' | 'gateway';

export interface ProcessOptions {
  readonly roles: readonly Role[];
  readonly settings: Settings;
  /** Reads the config again. @throws CommandFailed with its faults */
  readonly reread: () => Settings;
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
  const app = await initialized(options, log).catch((error: unknown) => {
    pidFile?.remove();
    throw error;
  });
  const status = `${roles.join(' and ')}, doors: ${settings.doors.length}`;
  handleSignals({ app, log, notifier, pidFile }, new Reload({ app, output, notifier, status, ...options }));
  log.emit({ event: 'ready', roles: roles.join(' and '), doors: settings.doors.length });
  notifier.ready(status);
  notifier.keepAlive();
}

function claimed(path: string | undefined): PidFile | undefined {
  return path === undefined ? undefined : PidFile.claim(path);
}

async function initialized({ roles, settings }: ProcessOptions, log: EventLog): Promise<INestApplicationContext> {
  const store = openStore({ store: settings.store, maxEvents: settings.limits.events });
  const app = await createApp(roles, [CoreModule.with({ settings, store, log })], log);
  try {
    return await app.init();
  } catch (error) {
    await app.close();
    throw explained(error);
  }
}

async function createApp(
  roles: readonly Role[],
  imports: NonNullable<ModuleMetadata['imports']>,
  log: EventLog,
): Promise<INestApplicationContext> {
  const options = { logger: new NestLogger(log), abortOnError: false };
  if (roles.includes('listener')) imports.push(ListenerModule);
  if (!roles.includes('gateway')) {
    return NestFactory.createApplicationContext(rootModule(imports), options);
  }
  const front = new FastifyFront();
  imports.push(GatewayModule.behind(front));
  return NestFactory.create(rootModule(imports), front.adapter, { ...options, bodyParser: false });
}

function rootModule(imports: NonNullable<ModuleMetadata['imports']>): new () => object {
  @Module({ imports })
  class RootModule {}
  return RootModule;
}

interface Running {
  readonly app: INestApplicationContext;
  readonly log: EventLog;
  readonly notifier: ServiceNotifier;
  readonly pidFile: PidFile | undefined;
}

function handleSignals({ app, log, notifier, pidFile }: Running, reload: Reload): void {
  const end = (code: 0 | 1): never => {
    pidFile?.remove();
    process.exit(code);
  };
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log.emit({ event: 'stopping', signal });
    notifier.stopping();
    setTimeout(() => end(0), SHUTDOWN_MS).unref();
    void app.close().finally(() => end(0));
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
