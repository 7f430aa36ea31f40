import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Settings } from '#config';
import type { GrantStore } from '#grants';
import { type EventLog, type Metrics, NestLogger } from '#telemetry';
import { ConsoleFront } from './console-front.js';
import type { ConsoleSeat } from './console-seat.js';
import { ConsoleModule } from './console.module.js';
import { LiveView } from './live-view.js';

export interface ConsoleOptions {
  readonly settings: Settings;
  /** The process's own: it closes it, and after the console. */
  readonly store: GrantStore;
  readonly log: EventLog;
  /** The process's own. */
  readonly metrics: Metrics;
  readonly version: string;
}

/** A running console. */
export class Console {
  private constructor(
    private readonly app: INestApplication,
    private readonly front: ConsoleFront,
  ) {}

  /** @throws ConsoleUnavailable if it cannot listen; then nothing is left open */
  static async open(seat: ConsoleSeat, { settings, store, log, metrics, version }: ConsoleOptions): Promise<Console> {
    const front = new ConsoleFront();
    const context = { settings, version, token: seat.token, page: seat.page };
    const app = await NestFactory.create(ConsoleModule.with({ context, store, log, metrics }), front.adapter, {
      logger: new NestLogger(log),
      abortOnError: false,
      bodyParser: false,
    });
    try {
      await app.init();
      await front.adapter.getInstance().ready();
      await seat.open(front);
      return new Console(app, front);
    } catch (error) {
      await app.close();
      throw error;
    }
  }

  /** Shows these doors from now on; streams go on. */
  apply(settings: Settings): void {
    this.app.get(LiveView).apply(settings);
  }

  async close(): Promise<void> {
    await this.app.close();
    this.front.close();
  }
}
