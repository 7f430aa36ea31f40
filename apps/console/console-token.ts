import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** The secret that the console asks for, and the sessions that it vouches for. */
export class ConsoleToken {
  private readonly digest: Buffer;

  constructor(private readonly text: string) {
    this.digest = digestOf(text);
  }

  /** Takes as long whatever is wrong: what is compared are digests. */
  matches(text: string): boolean {
    return timingSafeEqual(digestOf(text), this.digest);
  }

  /** A session, without a memory of it: when it ends, and a proof that we have said so. */
  session(endsAtMs: number): string {
    return `${endsAtMs}.${this.proofOf(endsAtMs)}`;
  }

  /** When such a session ends, in milliseconds since the epoch; undefined if it is none of ours, or over. */
  endOf(session: string, nowMs: number): number | undefined {
    const [, digits, proof] = /^(\d{1,16})\.([\w-]{43})$/u.exec(session) ?? [];
    if (digits === undefined || proof === undefined) return undefined;
    const endsAtMs = Number(digits);
    const isOurs = timingSafeEqual(digestOf(proof), digestOf(this.proofOf(endsAtMs)));
    return isOurs && nowMs < endsAtMs ? endsAtMs : undefined;
  }

  private proofOf(endsAtMs: number): string {
    return createHmac('sha256', this.text).update(`knockgate console session ${endsAtMs}`).digest('base64url');
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
