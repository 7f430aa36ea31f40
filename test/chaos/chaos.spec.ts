import { describe, expect, it } from 'vitest';
import { wrongOf } from './chaos-command.js';
import { ChaosLab } from './chaos-lab.js';
import { faultPlan, type Trial } from './fault-plan.js';

/** The machine may be busy. */
const END_WITHIN_MS = 2000;

/** A bounded part of `npm run chaos`, without its limits of time. */
describe('parts that are killed, stopped and started again, under load', () => {
  const plan = faultPlan(1);
  const alone = plan.filter(({ faults: [fault, ...others] }) => others.length === 0 && fault!.awayMs === 900);
  const both = plan.filter(({ faults }) => faults.length === 2).slice(0, 5);

  it.each<[string, { workers?: number }, readonly Trial[]]>([
    ['each alone', {}, alone],
    ['two at once, with workers', { workers: 2 }, both],
  ])(
    '%s: who has a grant is served again, and not a byte reaches anybody else',
    { timeout: 300_000 },
    async (_name, options, trials) => {
      await using lab = await ChaosLab.start(options);
      for (const trial of trials) expect({ trial, wrong: (await lab.run(trial)).wrong }).toEqual({ trial, wrong: [] });
      expect(trials.length).toBeGreaterThan(4);
      expect(wrongOf(await lab.prove(), END_WITHIN_MS)).toEqual([]);
    },
  );
});
