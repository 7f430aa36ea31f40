import { fileURLToPath } from 'node:url';
import type { Host } from '../host.js';
import type { Program } from '../program.js';

/** What a visitor does, all the time. */
export interface Visit {
  readonly target: string;
  /** Ports at which it asks for a page, each time on a new connection. */
  readonly pages?: readonly number[];
  readonly everyMs: number;
  /** Ports from which it has a download of /big, and another when that has ended. */
  readonly downloads?: readonly number[];
  readonly knocks?: { readonly sequence: readonly number[]; readonly everyMs: number };
  /** Its outcomes are counted, and not told one by one. */
  readonly quiet?: boolean;
}

/** What became of a request for a page; times of the machine's clock. */
export interface Outcome {
  readonly port: number;
  readonly begunMs: number;
  readonly endedMs: number;
  /** `served`, another status, the system's error (ECONNREFUSED), `closed` or `timeout` */
  readonly what: string;
  readonly bytes: number;
}

const CHILD = fileURLToPath(new URL('visitor.child.mjs', import.meta.url));

/** Somebody who keeps coming: pages, downloads and knocks, on connections of his own, as with a browser or without a grant. */
export class Visitor implements AsyncDisposable {
  private constructor(private readonly program: Program) {}

  /** Resolves once he has begun. */
  static async start(host: Host, visit: Visit): Promise<Visitor> {
    const program = host.spawn(process.execPath, [CHILD, JSON.stringify(visit)], { maxLines: 100_000 });
    await program.waitForLine(/^started$/u);
    return new Visitor(program);
  }

  /** Waits for what becomes of a page that he asks for after that moment. @throws (rejects) at the timeout */
  next(port: number, sinceMs: number, timeoutMs?: number): Promise<Outcome> {
    return this.first(`a page of port ${port}`, timeoutMs, (page) => page.port === port && page.begunMs >= sinceMs);
  }

  /** Waits until he is served a page that he asks for after that moment. @throws (rejects) at the timeout */
  served(port: number, sinceMs: number, timeoutMs?: number): Promise<Outcome> {
    return this.first(`a page served at port ${port}`, timeoutMs, ({ what, ...page }) => {
      return page.port === port && page.begunMs >= sinceMs && what === 'served';
    });
  }

  /** What became of the pages that he asked for in that time, as far as it is known. */
  between(fromMs: number, toMs: number): Outcome[] {
    return this.program.lines.flatMap((line) => {
      const page = parse(line);
      return page !== undefined && page.begunMs >= fromMs && page.begunMs < toMs ? [page] : [];
    });
  }

  /** Ends it. @returns how often a page of each port came to each outcome: `80 ECONNREFUSED` */
  async stop(): Promise<Readonly<Record<string, number>>> {
    await this.program.stop();
    return JSON.parse(this.program.lines.findLast((line) => line.startsWith('{'))!) as Record<string, number>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop('SIGKILL');
  }

  private first(what: string, timeoutMs = 30_000, is: (outcome: Outcome) => boolean): Promise<Outcome> {
    const pick = (line: string): Outcome | undefined => {
      const page = parse(line);
      return page !== undefined && is(page) ? page : undefined;
    };
    // those of the last seconds are enough: nobody asks about pages of long ago
    return this.program.waitFor(pick, what, { timeoutMs, after: this.program.lineCount - 1000 });
  }
}

function parse(line: string): Outcome | undefined {
  return line.startsWith('{"port":') ? (JSON.parse(line) as Outcome) : undefined;
}
