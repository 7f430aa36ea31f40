import { type Completed, mustRun, run, type RunOptions } from '../lab/run.js';

/** What decides where packages, and Node's headers, come from; the rest of npm's environment is that of `npm test`. */
const CONFIGURED = /^npm_config_(?:registry|userconfig|globalconfig|cache|cafile|nodedir|.*proxy)$/iu;
const TIMEOUT_MS = 240_000;

/** npm with the registry that its user has configured. @throws (rejects) if it fails */
export function npm(args: readonly string[], options: RunOptions = {}): Promise<string> {
  return mustRun('npm', args, { timeoutMs: TIMEOUT_MS, ...options, env: { ...configured(), ...options.env } });
}

/** @throws (rejects) if the registry does not answer: what installs from it has then shown nothing */
export async function requireRegistry(): Promise<void> {
  const args = ['view', 'raw-socket@1.8.1', 'version', '--prefer-online', '--fetch-retries=1', '--fetch-timeout=20000'];
  const { code, stderr }: Completed = await run('npm', args, { timeoutMs: 60_000, env: configured() });
  if (code === 0) return;
  throw new Error(
    `The registry that npm is configured with cannot be reached, and this test installs from it.\n${stderr}`,
  );
}

function configured(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => CONFIGURED.test(name)));
}
