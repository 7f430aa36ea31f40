import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import type { Settings } from '#config';
import { GrantStore } from '#grants';
import { EventLog } from '#telemetry';
import { Heartbeat } from './heartbeat.js';
import { SETTINGS } from './settings.token.js';

export interface CoreOptions {
  readonly settings: Settings;
  readonly store: GrantStore;
  readonly log: EventLog;
}

/** What each process has once: settings, the grant store, the log, and a heartbeat. */
@Global()
@Module({})
export class CoreModule implements OnApplicationShutdown {
  constructor(@Inject(GrantStore) private readonly store: GrantStore) {}

  static with({ settings, store, log }: CoreOptions): DynamicModule {
    return {
      module: CoreModule,
      imports: [ScheduleModule.forRoot()],
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: GrantStore, useValue: store },
        { provide: EventLog, useValue: log },
        Heartbeat,
      ],
      exports: [SETTINGS, GrantStore, EventLog, Heartbeat],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
