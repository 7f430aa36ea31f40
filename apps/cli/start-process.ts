import { type INestApplicationContext, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Settings } from '#config';
import { openStore } from '#grants';
import { CoreModule } from '#runtime';
import { EventLog, NestLogger } from '#telemetry';
import { FastifyFront, Gateway, GatewayModule, ListenFailed } from '../gateway/index.js';
import { CaptureDenied, CommandRunner, JournalUnreadable, KnockListener, ListenerModule } from '../listener/index.js';
import { CommandFailed } from './command-failed.js';

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
  const log = new EventLog(settings.logLevel);
  const store = openStore({ store: settings.store, maxEvents: settings.limits.events });
  const app = await createApp(roles, [CoreModule.with({ settings, store, log })], log);
  try {
    await app.init();
  } catch (error) {
    await app.close();
    throw explained(error);
  }
  handleSignals(app, options, log);
  log.emit({ event: 'ready', roles: roles.join(' and '), doors: settings.doors.length });
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

function handleSignals(app: INestApplicationContext, options: ProcessOptions, log: EventLog): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    log.emit({ event: 'stopping', signal });
    setTimeout(() => process.exit(0), SHUTDOWN_MS).unref();
    void app.close().finally(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  process.on('SIGHUP', () => void reload(app, options, log));
}

/** A faulty config is refused as a whole, and the one in force stays. */
async function reload(
  app: INestApplicationContext,
  { roles, settings, reread }: ProcessOptions,
  log: EventLog,
): Promise<void> {
  try {
    const next = reread();
    if (roles.includes('listener')) {
      await app.get(KnockListener).apply(next);
      app.get(CommandRunner).follow(next.doors);
    }
    if (roles.includes('gateway')) await app.get(Gateway).apply(next);
    if (needsRestart(settings, next)) {
      log.emit({
        event: 'config_warning',
        warning: 'store, limits, log_level and health_file take effect at a restart',
      });
    }
    log.emit({ event: 'config_reloaded', doors: next.doors.length });
  } catch (error) {
    const faults = error instanceof CommandFailed ? error.lines : [(error as Error).message];
    for (const fault of faults) log.emit({ event: 'config_fault', fault });
    log.emit({ event: 'config_refused', faults: faults.length });
  }
}

function needsRestart(before: Settings, after: Settings): boolean {
  return fixedAtStart(before) !== fixedAtStart(after);
}

function fixedAtStart({ store, limits, logLevel, healthFile, storeMaxStaleMs }: Settings): string {
  return JSON.stringify([store, limits, logLevel, healthFile, storeMaxStaleMs]);
}

function explained(error: unknown): unknown {
  if (error instanceof JournalUnreadable) return new CommandFailed([error.message], 2, { cause: error });
  if (error instanceof ListenFailed) return new CommandFailed([error.message], 1, { cause: error });
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
