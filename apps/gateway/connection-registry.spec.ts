import { describe, expect, it, vi } from 'vitest';
import { ConnectionRegistry } from './connection-registry.js';

const live = () => ({ cut: vi.fn(), drain: vi.fn() });
const key = { door: 'HTTP', ip: '203.0.113.7' };

describe('ConnectionRegistry', () => {
  it('ends what one IP has open at one door, and nothing else', () => {
    const registry = new ConnectionRegistry();
    const [mine, mineToo, otherIp, otherDoor] = [live(), live(), live(), live()];
    registry.add(key, mine);
    registry.add(key, mineToo);
    registry.add({ ...key, ip: '203.0.113.8' }, otherIp);
    registry.add({ ...key, door: 'SSH' }, otherDoor);
    expect(registry.end(key, 'cut')).toBe(2);
    for (const each of [mine, mineToo]) expect(each.cut).toHaveBeenCalledOnce();
    for (const each of [otherIp, otherDoor]) expect(each.cut).not.toHaveBeenCalled();
  });

  it('counts by door and by IP, and forgets what is over, once', () => {
    const registry = new ConnectionRegistry();
    const release = registry.add(key, live());
    registry.add({ ...key, ip: '203.0.113.8' }, live());
    expect([registry.at('HTTP'), registry.of(key), registry.size]).toEqual([2, 1, 2]);
    release();
    release();
    expect([registry.at('HTTP'), registry.of(key), registry.size]).toEqual([1, 0, 1]);
    expect(registry.end(key, 'cut')).toBe(0);
  });

  it('bears that ending a connection takes it out', () => {
    const registry = new ConnectionRegistry();
    for (let i = 0; i < 3; i += 1) {
      const release = registry.add(key, { cut: () => release(), drain: () => {} });
    }
    expect(registry.end(key, 'cut')).toBe(3);
    expect(registry.of(key)).toBe(0);
    registry.add(key, live());
    expect(registry.of(key)).toBe(1);
  });

  it('cuts everything at a door, or everything', () => {
    const registry = new ConnectionRegistry();
    const [http, ssh] = [live(), live()];
    registry.add(key, http);
    registry.add({ ...key, door: 'SSH' }, ssh);
    expect(registry.cutAll('SSH')).toBe(1);
    expect(registry.cutAll()).toBe(2);
    expect(http.cut).toHaveBeenCalledOnce();
  });
});
