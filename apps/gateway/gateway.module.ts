import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Admission } from './admission.js';
import { ClientRevocation } from './client-revocation.js';
import { ConnectionRegistry } from './connection-registry.js';
import { FastifyFront } from './fastify-front.js';
import { Gate } from './gate.js';
import { GatewaySchedule } from './gateway.schedule.js';
import { Gateway } from './gateway.js';
import { GrantCheck } from './grant-check.js';
import { GrantFeed } from './grant-feed.js';
import { Hiding } from './hiding.js';
import { HttpForwarder } from './http-forwarder.js';
import { LiveConnections } from './live-connections.js';
import { LocalServing } from './local-serving.js';
import { RequestHandler } from './request-handler.js';
import { SampleUpstream } from './sample-upstream.js';
import { Serving } from './serving.js';
import { StatusHandler } from './status-handler.js';
import { TcpRelay } from './tcp-relay.js';
import { Traffic } from './traffic.js';
import { UpgradeForwarder } from './upgrade-forwarder.js';
import { WorkerPool } from './worker-pool.js';

/** The public ports, the gate, and the way upstream, here or in workers. Needs CoreModule, and what the kernel gave. */
@Module({})
export class GatewayModule {
  /** Serves in this process. @param front what its Nest application is on */
  static behind(front: FastifyFront, hiding: Hiding): DynamicModule {
    return moduleOf(hiding, [
      ...servingProviders(front),
      { provide: Serving, useExisting: LocalServing },
      { provide: LiveConnections, useExisting: ConnectionRegistry },
      { provide: GrantCheck, useExisting: Gate },
      { provide: ClientRevocation, useExisting: Gate },
    ]);
  }

  static over(pool: WorkerPool, hiding: Hiding): DynamicModule {
    return moduleOf(
      hiding,
      [Serving, LiveConnections, GrantFeed].map((provide) => ({ provide, useValue: pool })),
    );
  }
}

/** What serves in a process, behind whatever GrantCheck and ClientRevocation are there. */
export function servingProviders(front: FastifyFront): Provider[] {
  return [
    { provide: FastifyFront, useValue: front },
    Admission,
    ConnectionRegistry,
    HttpForwarder,
    LocalServing,
    RequestHandler,
    StatusHandler,
    TcpRelay,
    Traffic,
    UpgradeForwarder,
  ];
}

function moduleOf(hiding: Hiding, providers: readonly Provider[]): DynamicModule {
  return {
    module: GatewayModule,
    providers: [...providers, { provide: Hiding, useValue: hiding }, Gate, Gateway, GatewaySchedule, SampleUpstream],
    exports: [Gateway],
  };
}
