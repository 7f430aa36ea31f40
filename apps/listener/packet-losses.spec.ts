import { describe, expect, it } from 'vitest';
import { PacketLosses } from './packet-losses.js';

/** Tells what there is to tell, where the packet at `next` and those after it are not told. */
function tell(losses: PacketLosses, next: number): unknown {
  const told = losses.toTell(next);
  losses.told(told, next);
  return told.losses;
}

describe('PacketLosses', () => {
  it('tells a loss at once, and again with the last packet that came before it', () => {
    const losses = new PacketLosses();
    losses.add(7, 10);
    expect([4, 8, 11, 20].map((next) => tell(losses, next))).toEqual([[7], [], [7], []]);
    expect(losses.any).toBe(false);
  });

  it('tells once what nothing came before', () => {
    const losses = new PacketLosses();
    losses.add(7, 10);
    expect([11, 12].map((next) => tell(losses, next))).toEqual([[7], []]);
  });

  it('keeps one that could not be told', () => {
    const losses = new PacketLosses();
    losses.add(7, 10);
    losses.toTell(20);
    expect([losses.any, losses.toTell(20).losses]).toEqual([true, [7]]);
  });

  it('keeps one that has been lost again while it was told', () => {
    const losses = new PacketLosses();
    losses.add(7, 10);
    const told = losses.toTell(20);
    losses.add(7, 12);
    losses.told(told, 20);
    expect([tell(losses, 20), losses.any]).toEqual([[7], false]);
  });

  it('takes any source for lost once there are too many', () => {
    const losses = new PacketLosses();
    for (let loss = 0; loss < 4096; loss += 1) losses.add(loss, loss);
    const before = losses.toTell(0);
    expect([before.losses.length, losses.all]).toEqual([4096, false]);
    losses.add(5000, 5000);
    losses.told(before, 9000); // all of them, but not that there are more
    losses.add(5001, 5001);
    expect([4000, 4500, 5001, 5002].map((next) => tell(losses, next))).toEqual(['all', [], [], 'all']);
    expect(losses.any).toBe(false);
  });
});
