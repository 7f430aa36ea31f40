import type { Redis } from 'ioredis';

/** Less than a command may take: what waits on the connection behind it must not time out. */
const WITHIN_MS = 1000;

/** Asks how many replicas have what was written (WAIT), for connections that do nothing else. */
export class ReplicaWait {
  private readonly waiting = new Map<Redis, Promise<number>>();

  constructor(readonly wanted: number) {}

  /**
   * How many replicas have all that this connection wrote before now; 0 if that cannot be learnt. To be asked in the
   * turn in which the reply to the writing came: later the connection may be another one.
   */
  async replicas(redis: Redis | undefined): Promise<number> {
    if (redis === undefined) return 0;
    // Replies come in order: a WAIT without one was sent after all that have theirs, and speaks for them too.
    let answer = this.waiting.get(redis);
    if (answer === undefined) {
      answer = redis.wait(this.wanted, WITHIN_MS).catch(() => 0);
      this.waiting.set(redis, answer);
      void answer.then(() => this.waiting.delete(redis));
    }
    return answer;
  }
}
