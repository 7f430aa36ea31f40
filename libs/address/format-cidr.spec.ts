import { describe, expect, it } from 'vitest';
import { formatCidr } from './format-cidr.js';
import { parseAddress } from './parse-address.js';

describe('formatCidr', () => {
  it('counts the prefix of an IPv4 block in IPv4 bits', () => {
    expect(formatCidr({ network: parseAddress('10.0.0.0')!, prefixLength: 104 })).toBe('10.0.0.0/8');
  });

  it('counts the prefix of an IPv6 block in IPv6 bits', () => {
    expect(formatCidr({ network: parseAddress('2001:db8::')!, prefixLength: 104 })).toBe('2001:db8::/104');
  });
});
