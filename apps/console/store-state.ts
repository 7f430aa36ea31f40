import { Inject, Injectable } from '@nestjs/common';
import { GrantStore, monotonicMs, StoreUnavailable } from '#grants';
import type { Process, Rates, Store } from './api-schemas.js';
import { CONSOLE, type ConsoleContext } from './console-context.js';
import { ProcessReports } from './process-reports.js';

const NO_RATES: Rates = { packets: 0, knocks: 0, opened: 0, denied: 0, allowed: 0, connections_open: 0 };

/** Whether the store answers, what time it has, and what the processes have told it. */
@Injectable()
export class StoreState {
  processes: readonly Process[] = [];
  rates: Rates = NO_RATES;
  private readonly kind: Store['kind'];
  private name: string | undefined;
  private unreachable: string | undefined = 'not asked yet';
  /** From the monotonic clock to the store's. */
  private offsetMs = Date.now() - monotonicMs();

  constructor(
    @Inject(CONSOLE) { settings }: ConsoleContext,
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(ProcessReports) private readonly reports: ProcessReports,
  ) {
    this.kind = settings.store.kind;
  }

  get view(): Store {
    return {
      kind: this.kind,
      ...(this.name === undefined ? {} : { name: this.name }),
      reachable: this.unreachable === undefined,
      ...(this.unreachable === undefined ? {} : { reason: this.unreachable }),
    };
  }

  get nowMs(): number {
    return monotonicMs() + this.offsetMs;
  }

  /** Asks anew. True if the store has answered. */
  async ask(): Promise<boolean> {
    try {
      this.processes = await this.reports.list();
      const askedMs = monotonicMs();
      const { name, nowMs } = await this.store.facts();
      this.offsetMs = nowMs - (askedMs + monotonicMs()) / 2;
      this.name = name;
      this.unreachable = undefined;
      return true;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.unreachable = error.message;
      this.processes = [];
      this.rates = NO_RATES;
      return false;
    }
  }
}
