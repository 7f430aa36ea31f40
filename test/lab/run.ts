import { exitCode, launch, type LaunchOptions } from './launch.js';

export interface RunOptions extends LaunchOptions {
  /** What the program reads on stdin; none: end of file at once. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

export interface Completed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;

/**
 * Runs a program to its end.
 * @returns its exit code (128 + signal if a signal ended it) and output, whatever the code
 * @throws (rejects) if it runs longer than `timeoutMs` (30 s), says too much, or cannot be started
 */
export function run(command: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Completed> {
  const child = launch(command, args, options);
  const timeoutMs = options.timeoutMs ?? 30_000;
  return new Promise((resolve, reject) => {
    let fault: Error | undefined;
    const abort = (reason: string): void => {
      fault ??= new Error(`${[command, ...args].join(' ')}: ${reason}`);
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => abort(`still running after ${timeoutMs} ms`), timeoutMs);
    const stdout = collect(child.stdout, abort);
    const stderr = collect(child.stderr, abort);
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (fault === undefined) resolve({ code: exitCode(code, signal), stdout: stdout(), stderr: stderr() });
      else reject(fault);
    });
    // A program that reads nothing closes the pipe early (EPIPE): its exit code tells what matters.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** As `run`, for steps that must succeed. @returns stdout @throws (rejects) also on an exit code other than 0 */
export async function mustRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, args, options);
  if (code !== 0) throw new Error(`${[command, ...args].join(' ')}: exit code ${code}\n${stderr}${stdout}`);
  return stdout;
}

function collect(stream: NodeJS.ReadableStream, abort: (reason: string) => void): () => string {
  const chunks: Buffer[] = [];
  let bytes = 0;
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_OUTPUT_BYTES) abort(`more than ${MAX_OUTPUT_BYTES} bytes of output`);
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}
