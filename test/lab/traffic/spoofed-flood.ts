import { fileURLToPath } from 'node:url';
import type { Host } from '../host.js';
import type { Program } from '../program.js';
import { linkSettings } from '../link-settings.js';

export interface FloodOptions {
  readonly from: Host;
  readonly to: Host;
  /** One after the other. */
  readonly ports: readonly number[];
  readonly perSecond: number;
  /** It ends by itself after so many. */
  readonly count: number;
}

/** What was really sent. */
export interface Flooded {
  readonly sent: number;
  readonly seconds: number;
}

const CHILD = fileURLToPath(new URL('spoofed-flood.child.mjs', import.meta.url));
const GRACE_S = 60;

/** A flood of SYNs under spoofed sources, which no route leads back to. No two sources are alike up to 2^24. */
export class SpoofedFlood implements AsyncDisposable {
  private constructor(
    private readonly program: Program,
    private readonly limitMs: number,
  ) {}

  /** Resolves when the first packets go out. */
  static async start({ from, to, ...options }: FloodOptions): Promise<SpoofedFlood> {
    const settings = { link: await linkSettings(from, to), ...options };
    const program = from.spawn(process.execPath, [CHILD, JSON.stringify(settings)]);
    await program.waitForLine(/^floods$/u);
    return new SpoofedFlood(program, (options.count / options.perSecond + GRACE_S) * 1000);
  }

  /** Resolves when all are sent. @throws (rejects) if the rate asked for is out of all reach */
  async ended(): Promise<Flooded> {
    const [line] = await this.program.waitForLine(/^\{.*\}$/u, this.limitMs);
    return JSON.parse(line) as Flooded;
  }

  /** Ends it early. */
  async stop(): Promise<Flooded> {
    this.program.signal('SIGTERM');
    return this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.kill();
  }
}
