import { describe, expect, it } from 'vitest';
import { describeTrial, faultPlan, FAULTS, PARTS } from './fault-plan.js';

describe('faultPlan', () => {
  const plan = faultPlan(1);

  it('hangs on the seed alone', () => {
    expect(faultPlan(1)).toEqual(plan);
    expect(faultPlan(2)).not.toEqual(plan);
  });

  it('has each part with each fault alone, each two at once in either order back, and all four in each order', () => {
    const told = new Set(plan.map(({ faults }) => faults.map(({ part, kind }) => `${part} ${kind}`).join()));
    for (const part of PARTS) {
      for (const kind of FAULTS) {
        expect(told).toContain(`${part} ${kind}`);
        for (const other of PARTS.filter((name) => name !== part)) {
          for (const second of FAULTS) expect(told).toContain(`${part} ${kind},${other} ${second}`);
        }
      }
    }
    const orders = plan.filter(({ faults }) => faults.length === 4);
    expect(new Set(orders.map(({ faults }) => faults.map(({ part }) => part).join())).size).toBe(24);
    const twos = plan.filter(({ faults }) => faults.length === 2).map(describeTrial);
    expect(twos.filter((text) => text.includes('; back: gateway, redis')).length).toBe(2 * FAULTS.length ** 2);
  });

  it('brings back what it takes away, each once', () => {
    for (const { faults, back } of plan) expect(back.toSorted((a, b) => a - b)).toEqual([...faults.keys()]);
  });
});
