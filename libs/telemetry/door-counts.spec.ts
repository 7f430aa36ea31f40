import { describe, expect, it } from 'vitest';
import { DoorCounts } from './door-counts.js';

describe('DoorCounts', () => {
  it('counts for each door and kind, and tells doors from the start on', () => {
    const counts = new DoorCounts(['opened', 'extended']);
    counts.know([{ name: 'HTTP' }, { name: 'SSH' }]);
    counts.of('HTTP').opened += 1;
    counts.of('SSH').extended += 2;
    counts.of('HTTP').opened += 1;
    expect([...counts.only('opened')]).toEqual([
      [{ door: 'HTTP' }, 2],
      [{ door: 'SSH' }, 0],
    ]);
    expect([...counts.by('kind')]).toEqual([
      [{ door: 'HTTP', kind: 'opened' }, 2],
      [{ door: 'HTTP', kind: 'extended' }, 0],
      [{ door: 'SSH', kind: 'opened' }, 0],
      [{ door: 'SSH', kind: 'extended' }, 2],
    ]);
  });
});
