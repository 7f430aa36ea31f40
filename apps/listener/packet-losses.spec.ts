import { describe, expect, it } from 'vitest';
import { PacketLosses } from './packet-losses.js';

describe('PacketLosses', () => {
  it('tells a loss until all that came before it has been told', () => {
    const losses = new PacketLosses();
    losses.add(7, 10);
    const first = losses.toTell();
    expect(first.losses).toEqual([7]);
    losses.told(first, 8); // packet 8 is still to be told
    expect(losses.toTell().losses).toEqual([7]);
    losses.told(losses.toTell(), 11);
    expect(losses.any).toBe(false);
  });

  it('keeps one that has been lost again while it was told', () => {
    const losses = new PacketLosses();
    losses.add(7, 10);
    const told = losses.toTell();
    losses.add(7, 12);
    losses.told(told, 20);
    expect(losses.toTell().losses).toEqual([7]);
  });

  it('takes any source for lost once there are too many', () => {
    const losses = new PacketLosses();
    for (let loss = 0; loss < 4096; loss += 1) losses.add(loss, loss);
    expect(losses.toTell().losses).toHaveLength(4096);
    const before = losses.toTell();
    losses.add(5000, 5000);
    expect([losses.all, losses.toTell().losses]).toEqual([true, 'all']);
    losses.told(before, 9000); // all of them, but not that there are more
    expect(losses.all).toBe(true);
    losses.add(5001, 5001);
    losses.told(losses.toTell(), 5001);
    expect(losses.all).toBe(true);
    losses.told(losses.toTell(), 5002);
    expect(losses.any).toBe(false);
  });
});
