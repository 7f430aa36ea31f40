import type { Host } from '../host.js';
import type { Program } from '../program.js';

/** Something that must not be, and when it was told (the machine's clock, ms). */
export interface TrafficFault {
  readonly at: number;
  /**
   * `not-let-in`: four knocks did not open. `lost`: ended or refused before the grant did. `late`, `open-after-end`: not ended with
   * it. `wrong`: other bytes than the upstream's. `stranger-connected`, `stranger-served`: somebody without a grant. Programs of
   * others that are started so have their own.
   */
  readonly kind: string;
  readonly [about: string]: unknown;
}

/** A grant that a client is through with: whoever has started the traffic ends it. */
export interface Revocable {
  readonly door: string;
  readonly source: string;
}

export interface TrafficListener {
  onFault?(fault: TrafficFault): void;
  onRevoke?(revocable: Revocable): void;
}

interface Said {
  readonly at: number;
  readonly started?: true;
  readonly ended?: true;
  readonly counts?: Readonly<Record<string, number>>;
  readonly fault?: Omit<TrafficFault, 'at'>;
  readonly revoke?: Revocable;
}

const START_TIMEOUT_MS = 20_000;
/** Until the last grant has ended. */
const END_TIMEOUT_MS = 120_000;

/** A program that makes traffic in a namespace of a lab and says what it has seen, as JSON lines. */
export class TrafficProgram implements AsyncDisposable {
  /** What it has counted until now, by kind. */
  counts: Readonly<Record<string, number>> = {};
  readonly faults: TrafficFault[] = [];

  private constructor(readonly program: Program) {}

  /** @param settings told to the child as JSON */
  static async start(
    from: Host,
    { child, settings, listener = {} }: { child: string; settings: object; listener?: TrafficListener },
  ): Promise<TrafficProgram> {
    const program = from.spawn(process.execPath, [child, JSON.stringify(settings)], { maxLines: 1000 });
    const traffic = new TrafficProgram(program);
    const started = program.waitForLine(/"started":true/u, START_TIMEOUT_MS);
    // never found: it looks at each line for as long as the program runs
    void program.waitFor((line) => traffic.take(line, listener), 'its end', { timeoutMs: 2 ** 31 - 1 }).catch(() => {});
    await started;
    return traffic;
  }

  /** Has everybody finish what they do: no new knock; resolves with the counts when the last grant is over. */
  async end(): Promise<Readonly<Record<string, number>>> {
    const ended = this.program.waitForLine(/"ended":true/u, END_TIMEOUT_MS);
    this.program.signal('SIGTERM');
    await ended;
    return this.counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.kill();
  }

  private take(line: string, listener: TrafficListener): undefined {
    if (!line.startsWith('{')) return;
    const { at, counts, fault, revoke } = JSON.parse(line) as Said;
    if (counts !== undefined) this.counts = counts;
    if (revoke !== undefined) listener.onRevoke?.(revoke);
    if (fault === undefined) return;
    const found = { at, ...fault } as TrafficFault;
    this.faults.push(found);
    listener.onFault?.(found);
  }
}
