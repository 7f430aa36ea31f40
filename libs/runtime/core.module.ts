import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { Settings } from '#config';
import { GrantStore } from '#grants';
import { EventLog, Metrics } from '#telemetry';
import { Heartbeat } from './heartbeat.js';
import { IDENTITY, type ProcessIdentity, ProcessReporter } from './process-reporter.js';
import { SETTINGS } from './settings.token.js';

export interface CoreOptions {
  readonly settings: Settings;
  readonly store: GrantStore;
  readonly log: EventLog;
  readonly identity: ProcessIdentity;
}

/** What each process has once: settings, the grant store, the log, its metrics, and a heartbeat. */
@Global()
@Module({})
export class CoreModule implements OnApplicationShutdown {
  constructor(
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(ProcessReporter) private readonly reporter: ProcessReporter,
  ) {}

  static with({ settings, store, log, identity }: CoreOptions): DynamicModule {
    return {
      module: CoreModule,
      imports: [ScheduleModule.forRoot()],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: GrantStore, useValue: store },
        { provide: EventLog, useValue: log },
        { provide: IDENTITY, useValue: identity },
        { provide: Metrics, useValue: new Metrics() },
        ProcessReporter,
        Heartbeat,
      ],
      exports: [SETTINGS, GrantStore, EventLog, Metrics, Heartbeat],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.reporter.retire();
    await this.store.close();
  }
}
