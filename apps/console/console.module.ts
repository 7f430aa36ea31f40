import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { GrantStore } from '#grants';
import { EventLog, Metrics } from '#telemetry';
import { CONSOLE, type ConsoleContext } from './console-context.js';
import { ConsoleSchedule } from './console.schedule.js';
import { EventsController } from './events.controller.js';
import { ErrorFilter } from './error.filter.js';
import { GrantsController } from './grants.controller.js';
import { HealthController } from './health.controller.js';
import { LiveView } from './live-view.js';
import { MetricsController } from './metrics.controller.js';
import { OpenApiController } from './openapi.controller.js';
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
  readonly metrics: Metrics;
}

/** The operator's console: an application of its own, beside whatever else the process is. */
@Module({})
export class ConsoleModule {
  static readonly controllers: readonly Type<object>[] = [
    SessionController,
    StateController,
    GrantsController,
    EventsController,
    HealthController,
    MetricsController,
    OpenApiController,
    PageController,
  ];

  static with({ context, store, log, metrics }: ConsoleParts): DynamicModule {
    return {
      module: ConsoleModule,
      imports: [ScheduleModule.forRoot()],
      controllers: [...ConsoleModule.controllers],
      providers: [
        { provide: CONSOLE, useValue: context },
        { provide: GrantStore, useValue: store },
        { provide: EventLog, useValue: log },
        { provide: Metrics, useValue: metrics },
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
