import { existsSync } from 'node:fs';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { EventLog } from '#telemetry';
import { Gate } from './gate.js';
import type { CoverOptions } from './hiding.js';

/** Nest's token for the CoverOptions. */
export const COVER = Symbol('COVER');

/** Follows the grants that open another daemon's port. Ends its process once somebody has taken the hiding back. */
@Injectable()
export class PortCover implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private shown = false;

  constructor(
    @Inject(COVER) private readonly options: CoverOptions,
    @Inject(Gate) private readonly gate: Gate,
    @Inject(EventLog) private readonly log: EventLog,
  ) {}

  onApplicationBootstrap(): void {
    const { door, port } = this.options;
    this.gate.follow([door]);
    this.log.emit({ event: 'port_hidden', door: door.name, port });
  }

  beforeApplicationShutdown(): void {
    this.gate.close();
  }

  @Interval(500)
  watch(): void {
    if (this.shown || existsSync(this.options.path)) return;
    this.shown = true;
    this.log.emit({ event: 'port_shown', port: this.options.port });
    process.kill(process.pid, 'SIGTERM');
  }
}
