import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress } from './format-address.js';
import { parseAddress } from './parse-address.js';
import { sameAddress } from './same-address.js';

const anyAddress = fc.oneof(fc.ipV4(), fc.ipV6()).map((text) => parseAddress(text)!);

describe('sameAddress', () => {
  it('holds for two spellings of one address', () => {
    expect(sameAddress(parseAddress('::ffff:1.2.3.4')!, parseAddress('1.2.3.4')!)).toBe(true);
  });

  it.each(['a', 'b', 'c', 'd'] as const)('fails for a difference in %s alone', (word) => {
    const address = parseAddress('2001:db8:1:2:3:4:5:6')!;
    expect(sameAddress(address, { ...address, [word]: 0 })).toBe(false);
  });

  it('holds exactly when the canonical texts are equal', () => {
    fc.assert(
      fc.property(anyAddress, anyAddress, (x, y) => {
        expect(sameAddress(x, y)).toBe(formatAddress(x) === formatAddress(y));
        expect(sameAddress(x, { ...x })).toBe(true);
      }),
    );
  });
});
