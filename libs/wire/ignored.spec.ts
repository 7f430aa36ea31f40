import { describe, expect, it } from 'vitest';
import { decodeIPv4 } from './decode-ipv4.js';
import { IGNORED } from './ignored.js';

describe('IGNORED', () => {
  it('names each reason once, and cannot be changed by a caller', () => {
    for (const [name, outcome] of Object.entries(IGNORED)) {
      expect(outcome).toEqual({ kind: 'ignored', reason: name });
      expect(Object.isFrozen(outcome)).toBe(true);
    }
    expect(Object.isFrozen(IGNORED)).toBe(true);
  });

  it('is one object for all packets that are ignored for a reason', () => {
    expect(decodeIPv4(Uint8Array.of(1))).toBe(decodeIPv4(Uint8Array.of(2, 3)));
  });
});
