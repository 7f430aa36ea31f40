import { writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { quantile } from '../bench/quantile.js';
import { ChaosLab, type Proof, type TrialResult } from './chaos-lab.js';
import { PROBE_BYTES } from './late-bytes.js';
import { describeTrial, faultPlan, type Trial } from './fault-plan.js';

const USAGE = `Usage: npm run chaos -- [--rounds N] [--seed N] [--minutes N]
A round is each trial of the plan, of a gateway without workers and of one with two. --minutes ends it sooner.`;
/** The contract: from a part's return. */
const SERVED_WITHIN_MS = 1000;
/** The contract: how exact the end of a grant is. */
const END_WITHIN_MS = 50;
const WAYS = [{ workers: undefined }, { workers: 2 }] as const;

interface Asked {
  readonly rounds: number;
  readonly seed: number;
  readonly minutes: number;
}

interface Tried extends TrialResult {
  readonly trial: Trial;
}

/** `npm run chaos`. @returns the exit code: 1 if something did not hold, 2 for a wrong usage */
export async function chaosCommand(args: string[]): Promise<number> {
  const asked = read(args);
  if (asked === undefined) {
    say(USAGE);
    return 2;
  }
  const { rounds, seed, minutes } = asked;
  say(`--seed ${seed}`);
  let code = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const { workers } of WAYS) {
      const untilMs = performance.now() + (minutes * 60_000) / (rounds * WAYS.length);
      if (!(await tryAll(faultPlan(seed + round), { workers, untilMs }))) code = 1;
    }
  }
  return code;
}

function read(args: string[]): Asked | undefined {
  const option = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ args, options: { rounds: option, seed: option, minutes: option } });
    const asked = {
      rounds: Number(values.rounds ?? 1),
      seed: Number(values.seed ?? Date.now() % 1_000_000),
      minutes: Number(values.minutes ?? Infinity),
    };
    return asked.rounds >= 1 && Number.isInteger(asked.seed) && asked.minutes > 0 ? asked : undefined;
  } catch {
    return undefined; // an option that there is not
  }
}

/** @returns whether all held */
async function tryAll(
  plan: readonly Trial[],
  { workers, untilMs }: { readonly workers: number | undefined; readonly untilMs: number },
): Promise<boolean> {
  say(workers === undefined ? 'a gateway without workers:' : `a gateway with ${workers} workers:`);
  await using lab = await ChaosLab.start({ workers });
  const tried: Tried[] = [];
  for (const trial of plan) {
    if (performance.now() >= untilMs) break;
    const result = { trial, ...(await lab.run(trial)) };
    tried.push(result);
    for (const wrong of faultsOf(result)) say(`  ${describeTrial(trial)}: ${wrong}`);
  }
  const proof = await lab.prove();
  const wrong = wrongOf(proof);
  report(tried, plan.length, proof);
  for (const each of wrong) say(`  WRONG: ${each}`);
  return wrong.length === 0 && tried.every((each) => faultsOf(each).length === 0);
}

function faultsOf({ servedMs, wrong }: Tried): string[] {
  return servedMs > SERVED_WITHIN_MS ? [`served only after ${servedMs} ms`, ...wrong] : [...wrong];
}

/** What the captures show that may not be. */
export function wrongOf(proof: Proof, endWithinMs = END_WITHIN_MS): string[] {
  const { strangerBytes, strangerAnswers, strangerResets, late } = proof;
  const wrong: string[] = [];
  if (strangerResets === 0 || late.inTime === 0) wrong.push('a capture has nothing, and proves nothing');
  if (strangerBytes > 0) wrong.push(`who never had a grant got ${strangerBytes} bytes`);
  if (strangerAnswers > 0) wrong.push(`hidden ports answered him ${strangerAnswers} times as no closed port does`);
  if (late.lastMs > endWithinMs && late.mostFresh > PROBE_BYTES)
    wrong.push(`${late.fresh} new bytes after the end, until ${late.lastMs.toFixed(0)} ms`);
  return wrong;
}

function report(tried: readonly Tried[], planned: number, proof: Proof): void {
  const { late, ...others } = proof;
  say(
    `  ${tried.length} of ${planned} trials, ${tried.reduce((sum, { trial }) => sum + trial.faults.length, 0)} faults`,
  );
  say(`  from the last part's return to a page served: ${spread(tried, ({ servedMs }) => servedMs)}`);
  say(`  to a knock granted (one each 200 ms):         ${spread(tried, ({ knockedMs }) => knockedMs)}`);
  say(`  grants that ended: ${others.ends}; bytes before their ends: ${late.inTime}`);
  say(`  new bytes after them: ${late.fresh}, the last after ${late.lastMs.toFixed(0)} ms; sent again: ${late.again}`);
  say(`  a stranger: ${JSON.stringify(others)}`);
}

function spread(tried: readonly Tried[], of: (one: Tried) => number): string {
  const values = tried.map(of);
  const [median, most, max] = [0.5, 0.95, 1].map((share) => Math.round(quantile(values, share)));
  const worst = tried.find((one) => of(one) === Math.max(...values));
  const after = worst === undefined ? '' : ` (${describeTrial(worst.trial)})`;
  return `median ${median}, 95 % within ${most}, longest ${max} ms${after}`;
}

/** At once: what comes after it may end the process. */
function say(line: string): void {
  writeSync(2, `${line}\n`);
}
