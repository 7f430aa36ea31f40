import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LiveView } from './live-view.js';

/** The console's periodic work. */
@Injectable()
export class ConsoleSchedule {
  private beating = false;

  constructor(@Inject(LiveView) private readonly view: LiveView) {}

  @Interval(1000)
  async beat(): Promise<void> {
    if (this.beating) return; // a slow store: one question at a time
    this.beating = true;
    try {
      await this.view.beat();
    } finally {
      this.beating = false;
    }
  }

  /** Changes arrive at once; this is for the one that did not. */
  @Interval(30_000)
  reconcile(): void {
    this.view.reconcile();
  }
}
