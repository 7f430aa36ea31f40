import { mkdirSync, readFileSync, writeSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { readCorpus, writeInput } from './corpus.js';
import { failureOf, fuzz, type Fuzzed } from './fuzz.js';
import { HangWatch } from './hang-watch.js';
import type { FuzzTarget } from './target.js';
import { TARGETS } from './targets.js';

const SECONDS = 60;
const USAGE = `Usage: npm run fuzz -- [TARGET…] [--seconds N] [--seed N] [--keep]
       npm run fuzz -- TARGET --repeat FILE
TARGET: ${TARGETS.map(({ name }) => name).join(', ')}
--keep puts what was found into test/fuzz/corpus.`;

interface Asked {
  readonly targets: readonly FuzzTarget[];
  readonly seconds: number;
  readonly seed: number;
  readonly keeps: boolean;
  readonly repeat: string | undefined;
}

/** `npm run fuzz`. @param folder test/fuzz @returns the exit code: 1 if something did not hold, 2 for a wrong usage */
export async function fuzzCommand(args: string[], folder: string): Promise<number> {
  const asked = read(args);
  if (asked === undefined) {
    say(USAGE);
    return 2;
  }
  const { targets, repeat } = asked;
  if (repeat !== undefined) return repeatOne(targets[0]!, repeat);
  let code = 0;
  for (const target of targets) if (!(await fuzzOne(target, asked, folder))) code = 1;
  return code;
}

function read(args: string[]): Asked | undefined {
  const option = { type: 'string' } as const;
  const options = { seconds: option, seed: option, repeat: option, keep: { type: 'boolean' } } as const;
  try {
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const named = positionals.map((name) => TARGETS.find((target) => target.name === name));
    const seconds = Number(values.seconds ?? SECONDS);
    const seed = Number(values.seed ?? Date.now() % 1_000_000);
    const isRight = seconds > 0 && Number.isInteger(seed) && !named.includes(undefined);
    if (!isRight || (values.repeat !== undefined && named.length !== 1)) return undefined;
    const targets = named.length > 0 ? (named as FuzzTarget[]) : TARGETS;
    return { targets, seconds, seed, keeps: values.keep === true, repeat: values.repeat };
  } catch {
    return undefined; // an option that there is not
  }
}

async function repeatOne(target: FuzzTarget, file: string): Promise<number> {
  const error = await failureOf(target, readFileSync(file));
  await target.close?.();
  say(error === undefined ? `${target.name}: all holds` : `${target.name}: ${error.stack}`);
  return error === undefined ? 0 : 1;
}

/** @returns whether all held */
async function fuzzOne(target: FuzzTarget, { seconds, seed, keeps }: Asked, folder: string): Promise<boolean> {
  const crashes = join(folder, 'crashes', target.name);
  mkdirSync(crashes, { recursive: true });
  await using watch = new HangWatch(join(crashes, 'hang'), target.maxBytes);
  let last: Buffer = Buffer.alloc(0);
  const running = (input: Buffer): void => watch.running((last = input));
  // thrown where no promise or caller sees it: that ends the process, as it would end a gateway
  const stray = (error: Error): void => {
    sayCrash(target, last, error, crashes);
    process.exit(1);
  };
  process.on('uncaughtException', stray);
  const corpus = readCorpus(join(folder, 'corpus'), target);
  say(`${target.name}: ${seconds} s from ${corpus.length} inputs, --seed ${seed}`);
  const startMs = performance.now();
  const goOn = (): boolean => performance.now() - startMs < seconds * 1000;
  const fuzzed = await fuzz(target, { corpus, seed, running, goOn });
  process.off('uncaughtException', stray);
  await report(target, fuzzed, { crashes, corpus: keeps ? join(folder, 'corpus', target.name) : undefined });
  await target.close?.();
  return fuzzed.crash === undefined;
}

async function report(
  target: FuzzTarget,
  { runs, found, crash }: Fuzzed,
  to: { readonly crashes: string; readonly corpus: string | undefined },
): Promise<void> {
  say(
    `${target.name}: ${runs} inputs, ${found.length} that ran new code, ${crash === undefined ? 'all held' : 'and:'}`,
  );
  if (crash !== undefined) sayCrash(target, crash.input, crash.error, to.crashes);
  if (to.corpus !== undefined) for (const input of found) writeInput(to.corpus, input);
}

function sayCrash(target: FuzzTarget, input: Buffer, error: Error, folder: string): void {
  const file = relative(process.cwd(), writeInput(folder, input));
  say(`${error.stack}\nAgain: npm run fuzz -- ${target.name} --repeat ${file}`);
}

/** At once: what comes after it may end the process. */
function say(line: string): void {
  writeSync(2, `${line}\n`);
}
