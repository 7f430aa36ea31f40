import { Inject, Injectable } from '@nestjs/common';
import { GrantStore, monotonicMs, type ProcessReport, StoreUnavailable } from '#grants';
import type { Process, Rates, Store } from './api-schemas.js';
import { CONSOLE, type ConsoleContext } from './console-context.js';
import { NO_RATES, Rating } from './rating.js';

/** Whether the store answers, what time it has, and what the processes have told it. */
@Injectable()
export class StoreState {
  reports: readonly ProcessReport[] = [];
  rates: Rates = NO_RATES;
  private readonly rating = new Rating();
  private readonly kind: Store['kind'];
  private name: string | undefined;
  private unreachable: string | undefined = 'not asked yet';
  /** From the monotonic clock to the store's. */
  private offsetMs = Date.now() - monotonicMs();

  constructor(
    @Inject(CONSOLE) { settings }: ConsoleContext,
    @Inject(GrantStore) private readonly store: GrantStore,
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

  get processes(): Process[] {
    return this.reports.map(({ host, pid, roles, version, startedAt, healthy, problems }) => {
      return { host, pid, roles, version, started_at: startedAt, healthy, problems: [...problems] };
    });
  }

  get nowMs(): number {
    return monotonicMs() + this.offsetMs;
  }

  /** Asks anew. True if the store has answered. */
  async ask(): Promise<boolean> {
    try {
      const askedMs = monotonicMs();
      this.reports = await this.store.reports();
      this.rates = this.rating.rate(this.reports, askedMs);
      const { name, nowMs } = await this.store.facts();
      this.offsetMs = nowMs - monotonicMs();
      this.name = name;
      this.unreachable = undefined;
      return true;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      this.unreachable = error.message;
      this.reports = [];
      this.rates = NO_RATES;
      return false;
    }
  }
}
