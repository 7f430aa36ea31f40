import { fileURLToPath } from 'node:url';
import { mustRun, run } from '../lab/run.js';

/** A way to run compose: its name, and the command with the arguments that begin every call. */
export interface Compose {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** In which capability a container of the engine behind it has bpf(2). */
  readonly bpf: 'BPF' | 'SYS_ADMIN';
}

export type DockerEngine =
  | { readonly kind: 'ready'; readonly composes: readonly [Compose, ...Compose[]] }
  | { readonly kind: 'none'; readonly reason: string };

/** The project's own folder: the build context, and where docker-compose.yml is. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

const PROVIDE_TIMEOUT_MS = 300_000;

/**
 * The engine of this machine, and each generation of compose that it has.
 *
 * KNOCKGATE_LAB_IMAGES may name a program that provides the images (and, for all it matters here, the engine) where no
 * registry is in reach. It is called as `PROGRAM -f FILE…` with the files that name the images.
 */
export async function dockerEngine(): Promise<DockerEngine> {
  const provider = process.env['KNOCKGATE_LAB_IMAGES'];
  if (provider) {
    const files = ['docker-compose.yml', 'Dockerfile'].flatMap((file) => ['-f', `${root}${file}`]);
    await mustRun(provider, files, { timeoutMs: PROVIDE_TIMEOUT_MS });
  }
  if (!(await succeeds('docker', 'version'))) return { kind: 'none', reason: 'no Docker engine answers' };
  const bpf = (await knowsBpf()) ? 'BPF' : 'SYS_ADMIN';
  const composes: Compose[] = [];
  if (await succeeds('docker', 'compose', 'version'))
    composes.push({ name: 'docker compose', command: ['docker', 'compose'], bpf });
  if (/\b1\.\d+\.\d+/u.test(await outputOf('docker-compose', 'version', '--short')))
    composes.push({ name: 'docker-compose 1', command: ['docker-compose'], bpf });
  const [first, ...others] = composes;
  if (first === undefined) return { kind: 'none', reason: 'Docker is there, but no compose' };
  return { kind: 'ready', composes: [first, ...others] };
}

/** Engine 23 is the first to know CAP_BPF, and to let bpf(2) through to who has it. */
async function knowsBpf(): Promise<boolean> {
  return Number.parseInt(await outputOf('docker', 'version', '--format', '{{.Server.Version}}'), 10) >= 23;
}

async function succeeds(command: string, ...args: readonly string[]): Promise<boolean> {
  return (await attempt(command, args)).code === 0;
}

async function outputOf(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout } = await attempt(command, args);
  return code === 0 ? stdout : '';
}

async function attempt(command: string, args: readonly string[]): Promise<{ code: number; stdout: string }> {
  try {
    return await run(command, args);
  } catch {
    return { code: 127, stdout: '' };
  }
}
