import { describe, expect, it } from 'vitest';
import { isLoopback } from './is-loopback.js';
import { parseAddress } from './parse-address.js';

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.255.255.255', true],
    ['::ffff:127.0.0.1', true],
    ['::1', true],
    ['126.255.255.255', false],
    ['128.0.0.0', false],
    ['::', false],
    ['::2', false],
    ['::127.0.0.1', false],
    ['1::1', false],
    ['0:0:1::1', false],
    ['::1:0:1', false],
  ])('%s: %s', (text, expected) => {
    expect(isLoopback(parseAddress(text)!)).toBe(expected);
  });
});
