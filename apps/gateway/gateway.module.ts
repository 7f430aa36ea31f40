import { type DynamicModule, Module } from '@nestjs/common';
import { Admission } from './admission.js';
import { FastifyFront } from './fastify-front.js';
import { Gate } from './gate.js';
import { GatewaySchedule } from './gateway.schedule.js';
import { Gateway } from './gateway.js';
import { Hiding } from './hiding.js';
import { HttpForwarder } from './http-forwarder.js';
import { RequestHandler } from './request-handler.js';
import { SampleUpstream } from './sample-upstream.js';
import { TcpRelay } from './tcp-relay.js';
import { UpgradeForwarder } from './upgrade-forwarder.js';

/** The public ports, the gate, and the way upstream. Needs CoreModule, the front that its Nest application is on, and what the kernel gave. */
@Module({})
export class GatewayModule {
  static behind(front: FastifyFront, hiding: Hiding): DynamicModule {
    return {
      module: GatewayModule,
      providers: [
        { provide: FastifyFront, useValue: front },
        { provide: Hiding, useValue: hiding },
        Admission,
        Gate,
        Gateway,
        GatewaySchedule,
        HttpForwarder,
        RequestHandler,
        SampleUpstream,
        TcpRelay,
        UpgradeForwarder,
      ],
      exports: [Gateway],
    };
  }
}
