import { type DynamicModule, Module } from '@nestjs/common';
import { ConnectionRegistry } from './connection-registry.js';
import { LiveConnections } from './live-connections.js';
import { COVER, PortCover } from './port-cover.js';
import { Gate } from './gate.js';
import { type CoverOptions, Hiding } from './hiding.js';

/** Keeps the kernel's gate in front of another daemon's port like the grants; no proxy. Needs CoreModule. */
@Module({})
export class CoverModule {
  static of(hiding: Hiding, options: CoverOptions): DynamicModule {
    return {
      module: CoverModule,
      providers: [
        { provide: Hiding, useValue: hiding },
        { provide: COVER, useValue: options },
        { provide: LiveConnections, useClass: ConnectionRegistry },
        Gate,
        PortCover,
      ],
    };
  }
}
