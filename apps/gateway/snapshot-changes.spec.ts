import { describe, expect, it } from 'vitest';
import type { Grant } from '#grants';
import { snapshotChanges } from './snapshot-changes.js';

const grant = (ip: string, deadlineMs: number, door = 'HTTP'): Grant => ({
  door,
  ip,
  deadlineMs,
  grantedAt: '',
  expiresAt: '',
  method: '',
  listener: '',
});
const A = grant('192.0.2.1', 10_000);

describe('snapshotChanges', () => {
  it('names what is new, and what is there no more', () => {
    const other = grant('192.0.2.1', 10_000, 'SSH');
    expect(snapshotChanges([A], [other])).toEqual({
      granted: [other],
      ended: [{ door: 'HTTP', ip: '192.0.2.1' }],
    });
  });

  it('names a grant that ends at another time, not one that was read at another', () => {
    const [longer, shorter] = [grant('192.0.2.1', 10_100), grant('192.0.2.1', 9_000)];
    expect(snapshotChanges([A], [longer]).granted).toEqual([longer]);
    expect(snapshotChanges([A], [shorter]).granted).toEqual([shorter]);
    expect(snapshotChanges([A], [grant('192.0.2.1', 9_990)])).toEqual({ granted: [], ended: [] });
  });

  it('of nothing known all is new', () => {
    expect(snapshotChanges([], [A])).toEqual({ granted: [A], ended: [] });
  });
});
