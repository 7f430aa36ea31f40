import { Inject, Injectable } from '@nestjs/common';
import { GrantStore } from '#grants';
import type { Process } from './api-schemas.js';

/** What the processes say of themselves. */
@Injectable()
export class ProcessReports {
  constructor(@Inject(GrantStore) private readonly store: GrantStore) {}

  /** @throws StoreUnavailable */
  async list(): Promise<Process[]> {
    await this.store.ping();
    return [];
  }
}
