import type { INestApplicationContext } from '@nestjs/common';
import type { Settings } from '#config';
import type { Console } from '../console/index.js';
import { Heartbeat } from '#runtime';
import { CommandFailed } from './command-failed.js';
import type { GatewayRole } from './gateway-role.js';
import type { ListenerRole } from './listener-role.js';
import type { ProcessLog } from './process-log.js';
import type { ServiceNotifier } from './service-notifier.js';

interface Parts {
  readonly app: INestApplicationContext;
  readonly listener: ListenerRole | undefined;
  readonly gateway: GatewayRole | undefined;
  readonly output: ProcessLog;
  readonly notifier: ServiceNotifier;
  readonly status: string;
  readonly settings: Settings;
  readonly reread: () => Settings | Promise<Settings>;
  readonly console: Console | undefined;
}

/** What only a restart puts in force, by its key in knockgate.yaml. */
const FIXED_AT_START = {
  store: (settings: Settings) => settings.store,
  store_max_stale: (settings: Settings) => settings.storeMaxStaleMs,
  capture: (settings: Settings) => settings.capture,
  attempts: (settings: Settings) => settings.attempts,
  limits: (settings: Settings) => settings.limits,
  control: (settings: Settings) => settings.control,
  health_file: (settings: Settings) => settings.healthFile,
  pidfile: (settings: Settings) => settings.pidFile,
  run_commands: (settings: Settings) => settings.runCommands,
  user: (settings: Settings) => settings.user,
  workers: (settings: Settings) => settings.workers,
  console: (settings: Settings) => settings.console,
};

/** SIGHUP: the config is read again and put in force as a whole, or refused as a whole; the log file is opened again. */
export class Reload {
  private current: Settings;
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly parts: Parts) {
    this.current = parts.settings;
  }

  /** One after the other: a second signal may come before the first is done. */
  request(): void {
    this.last = this.last.then(() => this.run());
  }

  private async run(): Promise<void> {
    const { output, notifier, status } = this.parts;
    notifier.reloading();
    output.reopen(); // for logrotate(8), whatever becomes of the config
    this.parts.gateway?.reopenLog();
    try {
      const next = await this.parts.reread();
      await this.swap(next);
      this.warnOfRestart(next);
      this.setRefused([]);
      output.events.emit({ event: 'config_reloaded', doors: next.doors.length });
    } catch (error) {
      const faults = error instanceof CommandFailed ? error.lines : [(error as Error).message];
      this.setRefused(faults);
      for (const fault of faults) output.events.emit({ event: 'config_fault', fault });
      output.events.emit({ event: 'config_refused', faults: faults.length });
    }
    notifier.ready(status);
  }

  /** For the reports of this process, until a config is taken. */
  private setRefused([first, ...more]: readonly string[]): void {
    const others = more.length === 0 ? '' : ` (and ${more.length} more; knockgate check tells all)`;
    this.parts.app.get(Heartbeat).configRefused = first === undefined ? undefined : `${first}${others}`;
  }

  private async swap(next: Settings): Promise<void> {
    const putLogInForce = this.parts.output.prepare(next);
    try {
      await this.apply(next);
    } catch (error) {
      await this.apply(this.current); // a port that is taken, say: all parts go back to what they had
      throw error;
    }
    putLogInForce();
    this.parts.gateway?.configureLog(next);
    this.current = next;
  }

  private async apply(settings: Settings): Promise<void> {
    const { app, listener, gateway } = this.parts;
    await listener?.apply(app, settings);
    await gateway?.apply(app, settings);
    this.parts.console?.apply(settings);
  }

  private warnOfRestart(next: Settings): void {
    const { settings } = this.parts;
    const changed = Object.entries(FIXED_AT_START)
      .filter(([, of]) => JSON.stringify(of(settings)) !== JSON.stringify(of(next)))
      .map(([key]) => key);
    if (changed.length === 0) return;
    const warning = `${changed.join(', ')}: changed, which takes effect at a restart`;
    this.parts.output.events.emit({ event: 'config_warning', warning });
  }
}
