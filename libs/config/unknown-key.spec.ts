import { describe, expect, it } from 'vitest';
import { unknownKey } from './unknown-key.js';

const KNOWN = ['sequence', 'listen'];

describe('unknownKey', () => {
  it('names the key that was meant', () => {
    expect(unknownKey('lisen', KNOWN)).toEqual({ what: 'unknown key "lisen"', instead: 'did you mean "listen"?' });
  });

  it('lists the keys that there are', () => {
    expect(unknownKey('colour', KNOWN, 'directive')).toEqual({
      what: 'unknown directive "colour"',
      instead: 'known are: sequence, listen',
    });
  });

  it.each(['6000,7000', 'sequence:6000', 'port 6000', 'a\u001B[31m', 'x'.repeat(41)])('does not show %j', (key) => {
    expect(unknownKey(key, KNOWN).what).toBe('unknown key');
  });
});
