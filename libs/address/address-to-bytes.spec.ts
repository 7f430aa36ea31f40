import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFromBytes } from './address-from-bytes.js';
import { addressToBytes } from './address-to-bytes.js';
import { parseAddress } from './parse-address.js';

describe('addressToBytes', () => {
  it.each([
    ['203.0.113.7', '00000000000000000000ffffcb007107'],
    ['2001:db8::ff00:1', '20010db80000000000000000ff000001'],
    ['::', '00000000000000000000000000000000'],
  ])('%s', (text, hex) => {
    expect(Buffer.from(addressToBytes(parseAddress(text)!)).toString('hex')).toBe(hex);
  });

  it('is undone by addressFromBytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        expect(addressToBytes(addressFromBytes(bytes, 0, 6))).toEqual(bytes);
      }),
    );
  });
});
