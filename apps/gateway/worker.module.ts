import { type DynamicModule, Module } from '@nestjs/common';
import type { Settings } from '#config';
import { SETTINGS } from '#runtime';
import { EventLog } from '#telemetry';
import { AskedRevocation } from './asked-revocation.js';
import { ClientRevocation } from './client-revocation.js';
import type { FastifyFront } from './fastify-front.js';
import { FedGate } from './fed-gate.js';
import { servingProviders } from './gateway.module.js';
import { GrantCheck } from './grant-check.js';
import { Worker } from './worker.js';

export interface WorkerParts {
  readonly front: FastifyFront;
  readonly settings: Settings;
  readonly log: EventLog;
  readonly revocation: AskedRevocation;
}

/** All of a worker: what serves, behind a gate that is fed. No store, no kernel's gate. */
@Module({})
export class WorkerModule {
  static with({ front, settings, log, revocation }: WorkerParts): DynamicModule {
    return {
      module: WorkerModule,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: EventLog, useValue: log },
        ...servingProviders(front),
        FedGate,
        { provide: GrantCheck, useExisting: FedGate },
        { provide: AskedRevocation, useValue: revocation },
        { provide: ClientRevocation, useExisting: AskedRevocation },
        Worker,
      ],
    };
  }
}
