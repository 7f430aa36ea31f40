import { availableParallelism } from 'node:os';
import type { Settings } from '#config';

/** How many workers serve; 1: this process itself does. */
export function workerCount({ workers }: Pick<Settings, 'workers'>): number {
  return workers === 'auto' ? availableParallelism() : workers;
}
