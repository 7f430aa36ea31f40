import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, exitCode, launch, type LaunchOptions } from './launch.js';

export interface ProgramOptions extends LaunchOptions {
  /** How many lines are kept; the oldest go first. */
  readonly maxLines?: number;
}

export interface WaitOptions {
  readonly timeoutMs?: number;
  /** Only lines from this `lineCount` on: what was said before is not an answer. */
  readonly after?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 10_000;
const LAST_LINES = 20;

/** A running program, stdout and stderr together as lines. It ends with this process at the latest. */
export class Program implements AsyncDisposable {
  /** Resolves with the exit code, 128 + signal if a signal ended it, once its output is complete too. */
  readonly exited: Promise<number>;

  readonly #name: string;
  readonly #child: Child;
  readonly #maxLines: number;
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  #dropped = 0;
  #exitCode: number | undefined;

  private constructor(name: string, child: Child, maxLines: number) {
    this.#name = name;
    this.#child = child;
    this.#maxLines = maxLines;
    this.exited = this.#watch();
    child.stdin.on('error', () => undefined);
  }

  static start(command: string, args: readonly string[] = [], options: ProgramOptions = {}): Program {
    const child = launch(command, args, options);
    child.stdin.end();
    return new Program([command, ...args].join(' '), child, options.maxLines ?? 10_000);
  }

  /** The program's own process id. @throws if it could not be started */
  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#name} was not started`);
    return this.#child.pid;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** How many lines there have been, those no longer kept included. */
  get lineCount(): number {
    return this.#dropped + this.#lines.length;
  }

  /** Undefined while it runs. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Waits for a line, one already said included. @throws (rejects) at the timeout, or when the program ends without it */
  waitForLine(pattern: RegExp, timeoutMs = DEFAULT_TIMEOUT_MS, after = 0): Promise<RegExpMatchArray> {
    return this.waitFor((line) => line.match(pattern) ?? undefined, `a line like ${pattern}`, { timeoutMs, after });
  }

  /** Waits until `pick` returns something for a line. @throws as `waitForLine` */
  waitFor<T>(pick: (line: string) => T | undefined, what: string, options: WaitOptions = {}): Promise<T> {
    for (const line of this.#lines.slice(Math.max(0, (options.after ?? 0) - this.#dropped))) {
      const found = pick(line);
      if (found !== undefined) return Promise.resolve(found);
    }
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    return new Promise<T>((resolve, reject) => {
      const listener = (line: string): void => {
        const found = pick(line);
        if (found === undefined) return;
        settle();
        resolve(found);
      };
      const fail = (reason: string): void => {
        settle();
        reject(new Error(`${this.#name}: ${reason} while waiting for ${what}; it said:\n${this.#tail()}`));
      };
      const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
      const settle = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
      };
      this.#listeners.add(listener);
      void this.exited.then((code) => this.#listeners.has(listener) && fail(`ended with ${code}`));
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks it to end, and kills it if it has not within 10 s. @returns its exit code, 137 if it had to be killed */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    if (this.#exitCode !== undefined) return this.exited;
    this.signal(signal);
    // A stopped process gets its signal only when it runs again.
    this.signal('SIGCONT');
    const timer = setTimeout(() => this.signal('SIGKILL'), STOP_TIMEOUT_MS);
    return this.exited.finally(() => clearTimeout(timer));
  }

  kill(): Promise<number> {
    return this.stop('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #watch(): Promise<number> {
    const closed = new Promise((resolve) => this.#child.once('close', resolve));
    this.#read(this.#child.stdout);
    this.#read(this.#child.stderr);
    this.#exitCode = await new Promise<number>((resolve) => {
      this.#child.once('exit', (code, signal) => resolve(exitCode(code, signal)));
      this.#child.once('error', (error) => {
        this.#add(error.message);
        resolve(127);
      });
    });
    // A grandchild may hold the pipes open for longer: its lines are not waited for.
    await Promise.race([closed, delay(1000, undefined, { ref: false })]);
    return this.#exitCode;
  }

  #read(stream: Readable): void {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => this.#add(line));
  }

  #add(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.#maxLines) {
      // A tenth at a time: dropping one a line would move the whole array for each.
      this.#dropped += this.#lines.splice(0, Math.ceil(this.#maxLines / 10)).length;
    }
    for (const listener of this.#listeners) listener(line);
  }

  #tail(): string {
    return this.#lines.slice(-LAST_LINES).join('\n');
  }
}
