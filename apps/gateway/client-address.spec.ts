import { describe, expect, it } from 'vitest';
import { type Cidr, parseCidr } from '#address';
import { clientAddress, isTrusted } from './client-address.js';

const proxies: Cidr[] = ['10.0.0.0/8', '2001:db8:1::/48'].map((text) => parseCidr(text)!);

describe('clientAddress', () => {
  it.each([
    ['a peer that is no proxy is the client, whatever it claims', '203.0.113.7', '198.51.100.1', '203.0.113.7'],
    ['a proxy names the client', '10.0.0.1', '198.51.100.1', '198.51.100.1'],
    ['the last address that is no proxy counts', '10.0.0.1', '1.2.3.4, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
    [
      'what a client wrote itself is to the left and does not count',
      '10.0.0.1',
      '198.51.100.99, 198.51.100.1',
      '198.51.100.1',
    ],
    ['IPv6 is made canonical', '2001:db8:1::1', '2001:DB8:0::7', '2001:db8::7'],
    ['v4-mapped is IPv4', '10.0.0.1', '::ffff:198.51.100.1', '198.51.100.1'],
    ['only proxies: the peer', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.1'],
    ['no field: the peer', '10.0.0.1', undefined, '10.0.0.1'],
    ['what cannot be read names nobody', '10.0.0.1', '198.51.100.1, unknown', undefined],
    ['an empty entry names nobody', '10.0.0.1', '', undefined],
  ])('%s', (_name, peer, forwardedFor, client) => {
    expect(clientAddress(peer, forwardedFor, proxies)).toBe(client);
  });

  it('trusts nobody by default', () => {
    expect(isTrusted('10.0.0.1', [])).toBe(false);
    expect(clientAddress('10.0.0.1', '198.51.100.1', [])).toBe('10.0.0.1');
  });
});
