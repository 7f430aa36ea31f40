import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { GrantStore } from '#grants';
import { EventLog } from '#telemetry';
import { CONSOLE, type ConsoleContext } from './console-context.js';
import { ConsoleSchedule } from './console.schedule.js';
import { EventsController } from './events.controller.js';
import { ErrorFilter } from './error.filter.js';
import { GrantsController } from './grants.controller.js';
import { HealthController } from './health.controller.js';
import { LiveView } from './live-view.js';
import { PageController } from './page.controller.js';
import { SessionController } from './session.controller.js';
import { Sessions } from './sessions.js';
import { StateController } from './state.controller.js';
import { StoreState } from './store-state.js';
import { StreamHub } from './stream-hub.js';
import { TokenGuard } from './token.guard.js';

export interface ConsoleParts {
  readonly context: ConsoleContext;
  /** The process's own: it closes it. */
  readonly store: GrantStore;
  readonly log: EventLog;
}

/** The operator's console: an application of its own, beside whatever else the process is. */
@Module({})
export class ConsoleModule {
  static with({ context, store, log }: ConsoleParts): DynamicModule {
    return {
      module: ConsoleModule,
      imports: [ScheduleModule.forRoot()],
      controllers: [
        SessionController,
        StateController,
        GrantsController,
        EventsController,
        HealthController,
        PageController,
      ],
      providers: [
        { provide: CONSOLE, useValue: context },
        { provide: GrantStore, useValue: store },
        { provide: EventLog, useValue: log },
        { provide: APP_GUARD, useClass: TokenGuard },
        { provide: APP_FILTER, useClass: ErrorFilter },
        ConsoleSchedule,
        LiveView,
        Sessions,
        StoreState,
        StreamHub,
      ],
    };
  }
}
