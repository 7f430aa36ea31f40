import { describe, expect, it } from 'vitest';
import { isIPv4 } from './is-ipv4.js';
import { parseAddress } from './parse-address.js';

describe('isIPv4', () => {
  it.each([
    ['0.0.0.0', true],
    ['203.0.113.7', true],
    ['::ffff:203.0.113.7', true],
    ['::203.0.113.7', false],
    ['::1:ffff:203.0.113.7', false],
    ['1::ffff:203.0.113.7', false],
    ['::', false],
    ['2001:db8::1', false],
  ])('%s: %s', (text, expected) => {
    expect(isIPv4(parseAddress(text)!)).toBe(expected);
  });
});
