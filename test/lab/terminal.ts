import { once } from 'node:events';
import { type Child, exitCode, launch, type LaunchOptions } from './launch.js';
import { mustRun } from './run.js';

export interface TerminalOptions extends LaunchOptions {
  readonly rows?: number;
  readonly columns?: number;
}

const TIMEOUT_MS = 20_000;
/** What a person's terminal says of itself, whatever the tests run under: Node takes one with CI for colourless. */
const PERSONS_OWN = {
  TERM: 'xterm-256color',
  SHELL: '/bin/sh',
  CI: undefined,
  NO_COLOR: undefined,
  NODE_DISABLE_COLORS: undefined,
  FORCE_COLOR: undefined,
};

/** A program on a pseudo-terminal, which script(1) makes. It ends with this process at the latest. */
export class Terminal implements AsyncDisposable {
  /** Everything that the program has sent, its control sequences included. */
  output = '';
  readonly exited: Promise<number>;
  #listeners = new Set<() => void>();

  private constructor(
    private readonly child: Child,
    /** The program's own process id. */
    readonly pid: number,
    private readonly device: string,
  ) {
    this.exited = once(child, 'close').then(([code, signal]) =>
      exitCode(code as number | null, signal as NodeJS.Signals | null),
    );
    child.stdout.on('data', (chunk: Buffer) => this.#add(chunk.toString()));
    void this.exited.then(() => this.#add(''));
  }

  static async start(command: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
    const { rows = 24, columns = 80, env, ...rest } = options;
    const words = command.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
    const line = `stty rows ${rows} cols ${columns}; echo "$$ $(tty)"; exec ${words}`;
    const child = launch('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], {
      ...rest,
      env: { ...PERSONS_OWN, ...env },
    });
    let said = '';
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      said += String(chunk);
      if (said.includes('\n')) break;
    }
    const [first, pid, device] = /^(\d+) (\S+)\r\n/u.exec(said) ?? [];
    if (first === undefined) throw new Error(`script: ${said}`);
    const terminal = new Terminal(child, Number(pid), device!);
    terminal.#add(said.slice(first.length));
    return terminal;
  }

  /** Waits until the output says this, behind its first `after` characters. @throws (rejects) at the timeout, or when it has ended */
  async until(wanted: RegExp | ((output: string) => boolean), after = 0): Promise<void> {
    const matches = wanted instanceof RegExp ? (text: string) => wanted.test(text) : wanted;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const found = matches(this.output.slice(after));
        if (!found && this.child.exitCode === null) return;
        settle();
        if (found) resolve();
        else reject(new Error(`ended without ${String(wanted)}; it sent:\n${this.output}`));
      };
      const timer = setTimeout(() => {
        settle();
        reject(new Error(`no ${String(wanted)} within ${TIMEOUT_MS} ms; it sent:\n${this.output}`));
      }, TIMEOUT_MS);
      const settle = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** What a person types: \u0003 is Ctrl-C. */
  type(text: string): void {
    this.child.stdin.write(text);
  }

  async resize(rows: number, columns: number): Promise<void> {
    await mustRun('stty', ['-F', this.device, 'rows', String(rows), 'cols', String(columns)]);
  }

  /** How the terminal is set, as stty(1) says it. */
  settings(): Promise<string> {
    return mustRun('stty', ['-F', this.device, '-a']);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  #add(text: string): void {
    this.output += text;
    for (const listener of this.#listeners) listener();
  }
}
