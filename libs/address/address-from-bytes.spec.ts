import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressFromBytes } from './address-from-bytes.js';
import { formatAddress } from './format-address.js';
import { parseAddress } from './parse-address.js';

describe('addressFromBytes', () => {
  it('reads four bytes at the offset as IPv4', () => {
    const bytes = Uint8Array.of(9, 9, 203, 0, 113, 7, 9);
    expect(addressFromBytes(bytes, 2, 4)).toEqual(parseAddress('203.0.113.7'));
  });

  it('reads sixteen bytes at the offset as IPv6', () => {
    const bytes = Uint8Array.of(9, 0xff, 0x01, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0, 0, 7, 9);
    expect(addressFromBytes(bytes, 1, 6)).toEqual(parseAddress('ff01:db8::8000:7'));
  });

  it('gives a v4-mapped address the value of its four bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (v4) => {
        const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...v4);
        expect(addressFromBytes(mapped, 0, 6)).toEqual(addressFromBytes(v4, 0, 4));
        expect(formatAddress(addressFromBytes(v4, 0, 4))).toBe(v4.join('.'));
      }),
    );
  });
});
