import { describe, expect, it } from 'vitest';
import { overlaps } from './listen-address.js';

const at = (host: string, port = 80) => ({ host, port });

describe('overlaps', () => {
  it.each([
    [at('0.0.0.0'), at('0.0.0.0'), true],
    [at('0.0.0.0'), at('192.0.2.1'), true],
    [at('::'), at('2001:db8::1'), true],
    [at('192.0.2.1'), at('192.0.2.2'), false],
    [at('0.0.0.0'), at('::'), false],
    [at('::'), at('192.0.2.1'), false],
    [at('0.0.0.0', 80), at('0.0.0.0', 81), false],
  ])('%j and %j: %s', (x, y, expected) => {
    expect(overlaps(x, y)).toBe(expected);
    expect(overlaps(y, x)).toBe(expected);
  });
});
