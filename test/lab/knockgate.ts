import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Host, loopback } from './host.js';
import type { Program, WaitOptions } from './program.js';
import type { Completed, RunOptions } from './run.js';

export interface LogEvent {
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface KnockgateOptions {
  readonly host?: Host;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** A program, with its arguments, that becomes it: setpriv(1), say. */
  readonly wrap?: readonly string[];
  /** The line that says that it is up. */
  readonly ready?: RegExp;
  readonly timeoutMs?: number;
}

const MAIN = fileURLToPath(new URL('../../dist/apps/cli/main.js', import.meta.url));

/** The product as built: a long-running `knockgate up|listen|serve|console`. */
export class Knockgate implements AsyncDisposable {
  private constructor(readonly program: Program) {}

  /** What a shell would be told to run it. */
  static command(args: readonly string[]): [string, ...string[]] {
    return [process.execPath, MAIN, ...args];
  }

  /** Resolves once it says that it is ready. @throws (rejects) with what it said if it does not */
  static async start(args: readonly string[], options: KnockgateOptions = {}): Promise<Knockgate> {
    const { host = loopback, env = {}, ready = /ready/, timeoutMs = 20_000, wrap = [] } = options;
    const [command, ...words] = [...wrap, ...Knockgate.command(args)] as [string, ...string[]];
    const cwd = options.cwd === undefined ? {} : { cwd: options.cwd };
    const own = { STATE_DIRECTORY: stateFolder() };
    const knockgate = new Knockgate(host.spawn(command, words, { env: { ...own, ...env }, ...cwd }));
    try {
      await knockgate.program.waitForLine(ready, timeoutMs);
      return knockgate;
    } catch (error) {
      await knockgate.program.stop();
      throw error;
    }
  }

  /** Runs a command that ends by itself: `knockgate knock …`, `check`, `grants`. */
  static run(
    args: readonly string[],
    { host = loopback, ...options }: RunOptions & { host?: Host } = {},
  ): Promise<Completed> {
    const [node, ...words] = Knockgate.command(args);
    return host.run(node, words, { ...options, env: { STATE_DIRECTORY: stateFolder(), ...options.env } });
  }

  /** What it has logged so far, the lines that are no JSON left out. */
  get events(): readonly LogEvent[] {
    return this.program.lines.flatMap((line) => parse(line) ?? []);
  }

  /** Waits for a logged event, one already logged included (see `WaitOptions.after`); a pattern is tried on `msg`. */
  waitForLog(wanted: RegExp | ((event: LogEvent) => boolean), options: WaitOptions = {}): Promise<LogEvent> {
    const matches = wanted instanceof RegExp ? (event: LogEvent) => event.msg.search(wanted) !== -1 : wanted;
    return this.program.waitFor(
      (line) => {
        const event = parse(line);
        return event !== undefined && matches(event) ? event : undefined;
      },
      `an event like ${String(wanted)}`,
      options,
    );
  }

  /** @throws (rejects) if it does not end with exit code 0 */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const code = await this.program.stop(signal);
    if (code !== 0)
      throw new Error(`knockgate ended with ${code}; it said:\n${this.program.lines.slice(-20).join('\n')}`);
  }

  /** Ends it in any way: a test that cares how it ends calls `stop`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop();
  }
}

let folder: string | undefined;

/** Where the console of an `up` keeps its token: not where that of this machine has its own. */
function stateFolder(): string {
  if (folder !== undefined) return folder;
  const made = (folder = mkdtempSync(join(tmpdir(), 'knockgate-state-')));
  process.on('exit', () => rmSync(made, { recursive: true, force: true }));
  return made;
}

function parse(line: string): LogEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const event = JSON.parse(line) as Record<string, unknown>;
    return { ...event, msg: typeof event['msg'] === 'string' ? event['msg'] : '' };
  } catch {
    return undefined;
  }
}
