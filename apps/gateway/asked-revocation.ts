import type { GrantKey } from '#grants';
import type { ClientRevocation } from './client-revocation.js';
import type { FromWorker } from './worker-message.js';

/** Longer than the store may take to answer the first process. */
const ANSWER_WITHIN_MS = 3000;

/** A worker's way to end a grant: it has no store, so it asks the first process. */
export class AskedRevocation implements ClientRevocation {
  private readonly waiting = new Map<number, (done: boolean) => void>();
  private asked = 0;

  constructor(
    private readonly say: (message: FromWorker) => void,
    private readonly answerWithinMs = ANSWER_WITHIN_MS,
  ) {}

  revoke({ door, ip }: GrantKey): Promise<boolean> {
    const request = (this.asked += 1);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.answered(request, false), this.answerWithinMs);
      this.waiting.set(request, (done) => {
        clearTimeout(timer);
        resolve(done);
      });
      this.say({ kind: 'revoke', request, key: { door, ip } });
    });
  }

  /** The first process has tried. */
  answered(request: number, done: boolean): void {
    this.waiting.get(request)?.(done);
    this.waiting.delete(request);
  }
}
