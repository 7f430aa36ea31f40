import { setTimeout as delay } from 'node:timers/promises';
import type { Fault, FaultKind } from './fault-plan.js';

/** A running process. */
export interface Running {
  signal(signal: NodeJS.Signals): void;
  /** Ends it, and resolves once it has ended. */
  stop(signal: NodeJS.Signals): Promise<unknown>;
}

/** One of the processes that faults befall. */
export class Part<R extends Running = Running> implements AsyncDisposable {
  private constructor(
    private readonly start: () => Promise<R>,
    private running: R,
  ) {}

  /** @param start resolves once it does its work */
  static async start<R extends Running>(start: () => Promise<R>): Promise<Part<R>> {
    return new Part(start, await start());
  }

  /** The process as it is now. */
  get now(): R {
    return this.running;
  }

  /** @returns what brings the part back, not before its time is over; resolves with when it was back */
  async befall({ kind, awayMs }: Fault): Promise<() => Promise<number>> {
    await this.begin(kind);
    const begunMs = Date.now();
    return async () => {
      await delay(begunMs + awayMs - Date.now());
      if (kind === 'stop') this.running.signal('SIGCONT');
      else this.running = await this.start();
      return Date.now();
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.running.stop('SIGKILL');
  }

  private async begin(kind: FaultKind): Promise<void> {
    switch (kind) {
      case 'stop':
        return this.running.signal('SIGSTOP');
      case 'kill':
        return void (await this.running.stop('SIGKILL'));
      case 'restart':
        return void (await this.running.stop('SIGTERM'));
      default: {
        const exhaustive: never = kind;
        return exhaustive;
      }
    }
  }
}
