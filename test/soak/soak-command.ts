import { mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { arch, cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { type Circumstances, pictures, soakPage } from './render-soak.js';
import { soak, type Soaked, verdictsOf } from './soak.js';

/** So long is the run that docs/soak.md tells of. */
const MINUTES = 30;
const PAGE = 'docs/soak.md';
/** Beside the page. */
const PICTURES = 'soak';
const USAGE = `Usage: npm run soak -- [--minutes N] [--seed N] [--data FILE]
${MINUTES} minutes, the default, write ${PAGE}; less or more write nothing. --data writes all samples, as JSON.`;

interface Asked {
  readonly minutes: number;
  readonly seed: number;
  readonly data: string | undefined;
}

/** `npm run soak`. @param root of the project @returns the exit code: 1 if something went wrong or grows, 2 for a wrong usage */
export async function soakCommand(args: string[], root: string): Promise<number> {
  const asked = read(args);
  if (asked === undefined) {
    say(USAGE);
    return 2;
  }
  say(`${asked.minutes} minutes of mixed traffic, --seed ${asked.seed}`);
  try {
    return await run(asked, root);
  } catch (error) {
    say((error as Error).stack!);
    return 1;
  }
}

function read(args: string[]): Asked | undefined {
  const option = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ args, options: { minutes: option, seed: option, data: option } });
    const [minutes, seed] = [Number(values.minutes ?? MINUTES), Number(values.seed ?? Date.now() % 1_000_000)];
    return minutes > 0 && Number.isInteger(seed) ? { minutes, seed, data: values.data } : undefined;
  } catch {
    return undefined; // an option that there is not
  }
}

async function run({ minutes, seed, data }: Asked, root: string): Promise<number> {
  const soaked = await soak({ minutes, seed, say });
  if (data !== undefined) writeFileSync(data, JSON.stringify({ soaked, circumstances: circumstances() }));
  if (minutes === MINUTES) await writePage(soaked, circumstances(), root);
  const verdicts = verdictsOf(soaked);
  for (const { name, first, last, growth, allowed, flat } of verdicts)
    say(
      `${flat ? 'flat ' : 'GROWS'} ${name}: ${mb(first)} to ${mb(last)} MB; line ${mb(growth)}, allowed ${mb(allowed)}`,
    );
  say(JSON.stringify({ ...soaked.counted, fds: soaked.fds }));
  return verdicts.every(({ flat }) => flat) ? 0 : 1;
}

/** docs/soak.md and its pictures. */
export async function writePage(soaked: Soaked, about: Circumstances, root: string): Promise<void> {
  const page = join(root, PAGE);
  const folder = join(root, 'docs', PICTURES);
  mkdirSync(folder, { recursive: true });
  for (const { name, svg } of pictures(soaked)) writeFileSync(join(folder, `${name}.svg`), svg);
  const style = await resolveConfig(page);
  writeFileSync(page, await format(soakPage(soaked, about, PICTURES), { ...style, parser: 'markdown' }));
}

function circumstances(): Circumstances {
  const [first] = cpus();
  const today = new Date().toISOString().slice(0, 10);
  const cores = cpus().length;
  const machine = `${cores} × ${first?.model.trim()} (${arch()}), Linux ${release()}, Node ${process.versions.node}`;
  return { machine: `Measured on ${today}: ${machine}.`, cores, loadAverage: loadavg()[2]! };
}

function mb(bytes: number): string {
  return (bytes / 1e6).toFixed(2);
}

function say(line: string): void {
  writeSync(2, `${line}\n`);
}
