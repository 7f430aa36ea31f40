import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress } from './format-address.js';
import { isIPv4 } from './is-ipv4.js';
import { parseAddress } from './parse-address.js';

// Zero groups are what the text forms differ in, so they come often.
const anyAddress = fc
  .array(fc.constantFrom('0', '0', '1', 'ffff', 'a0b'), { minLength: 8, maxLength: 8 })
  .map((groups) => parseAddress(groups.join(':'))!);

describe('formatAddress', () => {
  it.each([
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['255.255.255.255', '255.255.255.255'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:DB8:0:0:0:0:0:0', '2001:db8::'],
    // RFC 5952, 4.1, 4.2.1, 4.2.2, 4.2.3, 4.3
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::AAAA', '2001:db8::aaaa'],
    ['::1.2.3.4', '::102:304'],
    ['::fffe:1.2.3.4', '::fffe:102:304'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('writes %s as %s', (text, canonical) => {
    expect(formatAddress(parseAddress(text)!)).toBe(canonical);
  });

  it('is what parseAddress reads back', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        expect(parseAddress(formatAddress(address))).toEqual(address);
      }),
    );
  });

  it('agrees with the URL standard on IPv6', () => {
    fc.assert(
      fc.property(
        anyAddress.filter((address) => !isIPv4(address)),
        (address) => {
          const text = formatAddress(address);
          expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
        },
      ),
    );
  });
});
