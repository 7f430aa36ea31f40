import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPacket, type PacketDescription } from './build-packet.fixture.js';
import { decodeIPv4 } from './decode-ipv4.js';
import { fingerprint } from './fingerprint.js';

const port = fc.nat({ max: 0xffff });
const word = fc.nat({ max: 0xffffffff });

const SYN: PacketDescription = {
  protocol: 'tcp',
  source: '203.0.113.7',
  destination: '198.51.100.80',
  sourcePort: 40_000,
  destinationPort: 6000,
  sequence: 0x8ce73a80,
};
const DATAGRAM: PacketDescription = { ...SYN, protocol: 'udp', payload: [1, 2, 3] };

function fingerprintOf(packet: PacketDescription): number | undefined {
  const decoded = decodeIPv4(buildPacket(packet));
  return decoded.kind === 'packet' ? decoded.packet.fingerprint : undefined;
}

const timestamp = (time: number) => [1, 1, 8, 10, 0, 0, 0, time, 0, 0, 0, 0];

describe('fingerprint', () => {
  it('is an unsigned 32-bit number', () => {
    fc.assert(
      fc.property(port, word, (sourcePort, repeated) => {
        const value = fingerprint(sourcePort, repeated);
        expect(value).toBe(value >>> 0);
      }),
    );
  });

  it('differs whenever only one of the two differs', () => {
    fc.assert(
      fc.property(port, port, word, word, (portA, portB, wordA, wordB) => {
        expect(fingerprint(portA, wordA) === fingerprint(portB, wordA)).toBe(portA === portB);
        expect(fingerprint(portA, wordA) === fingerprint(portA, wordB)).toBe(wordA === wordB);
      }),
    );
  });

  it('does not let a longer datagram make up for another port', () => {
    expect(fingerprint(40_001, 0x0009a55f)).not.toBe(fingerprint(40_000, 0x0008a55f));
  });

  it('is the same for a retransmitted SYN, whose timestamp option is another', () => {
    expect(fingerprintOf({ ...SYN, tcpOptions: timestamp(2) })).toBe(
      fingerprintOf({ ...SYN, tcpOptions: timestamp(1) }),
    );
  });

  it.each([
    ['source port', { sourcePort: 40_001 }],
    ['sequence number', { sequence: 0x8ce73a81 }],
  ])('is another for a SYN with another %s', (_, change) => {
    expect(fingerprintOf({ ...SYN, ...change })).not.toBe(fingerprintOf(SYN));
  });

  it('is the same for a duplicated datagram', () => {
    expect(fingerprintOf({ ...DATAGRAM })).toBe(fingerprintOf(DATAGRAM));
  });

  it.each([
    ['source port', { sourcePort: 40_001 }],
    ['length', { payload: [1, 2, 3, 0] }],
    ['payload', { payload: [1, 2, 4] }],
  ])('is another for a datagram with another %s', (_, change) => {
    expect(fingerprintOf({ ...DATAGRAM, ...change })).not.toBe(fingerprintOf(DATAGRAM));
  });

  it('says nothing about the destination port: nmap sends one sequence number to all of them', () => {
    expect(fingerprintOf({ ...SYN, destinationPort: 7000 })).toBe(fingerprintOf(SYN));
  });
});
