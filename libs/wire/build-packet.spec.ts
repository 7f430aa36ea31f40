import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { buildPacket, buildTransport, type PacketDescription } from './build-packet.fixture.js';
import { TcpFlag } from './tcp-flag.js';

function captured(file: string): Buffer {
  const text = readFileSync(new URL(`corpus/${file}.hex`, import.meta.url), 'utf8');
  return Buffer.from(text.replaceAll(/#.*|\s/g, ''), 'hex');
}

const V4 = { source: '203.0.113.7', destination: '198.51.100.80' };
const V6 = { source: '2001:db8:7::7', destination: '2001:db8:50::80' };
const KNOCK = [...Buffer.from('knock')];

// The other specs trust this builder, so it is held against what nmap and Linux sent.
describe('buildPacket', () => {
  const mss = [2, 4, 5, 0xb4];
  it.each<[string, number, PacketDescription]>([
    [
      'ipv4-nmap-syn',
      20,
      { ...V4, protocol: 'tcp', sourcePort: 36_391, destinationPort: 6000, sequence: 0x6e03c32a, tcpOptions: mss },
    ],
    [
      'ipv4-nmap-xmas',
      20,
      {
        ...V4,
        protocol: 'tcp',
        sourcePort: 37_388,
        destinationPort: 6000,
        sequence: 0x099577c1,
        flags: TcpFlag.FIN | TcpFlag.PSH | TcpFlag.URG,
      },
    ],
    [
      'ipv6-nmap-syn',
      40,
      { ...V6, protocol: 'tcp', sourcePort: 54_048, destinationPort: 6000, sequence: 0x9489d897, tcpOptions: mss },
    ],
    ['ipv4-udp-payload', 20, { ...V4, protocol: 'udp', sourcePort: 55_450, destinationPort: 7000, payload: KNOCK }],
    ['ipv6-udp-payload', 40, { ...V6, protocol: 'udp', sourcePort: 39_160, destinationPort: 7000, payload: KNOCK }],
  ])('builds the transport header of %s byte for byte, checksum and all', (file, ipHeader, packet) => {
    const sent = captured(file).subarray(ipHeader);
    expect(Buffer.from(buildTransport(packet)).toString('hex')).toBe(sent.toString('hex'));
    expect(Buffer.from(buildPacket(packet).subarray(ipHeader)).toString('hex')).toBe(sent.toString('hex'));
  });

  it('builds the IPv4 header of nmap but for its id, its TTL and so its checksum', () => {
    const built = Buffer.from(
      buildPacket({ ...V4, protocol: 'tcp', sourcePort: 1, destinationPort: 6000, tcpOptions: mss }),
    );
    const sent = captured('ipv4-nmap-syn');
    expect(built.length).toBe(sent.length);
    for (const [from, to] of [
      [0, 4],
      [6, 8],
      [9, 10],
      [12, 20],
    ]) {
      expect(built.subarray(from, to)).toEqual(sent.subarray(from, to));
    }
    // RFC 1071: the sum over a header with a right checksum is all ones.
    const sum = Array.from({ length: 10 }, (_, i) => built.readUInt16BE(2 * i)).reduce((a, b) => a + b);
    expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff);
  });
});
