import { readdirSync, readFileSync } from 'node:fs';
import { formatAddress, parseAddress } from '#address';
import { describe, expect, it } from 'vitest';
import { decodeIPv4 } from './decode-ipv4.js';
import { decodeIPv6 } from './decode-ipv6.js';
import { decodeTransport } from './decode-transport.js';
import type { Decoded } from './decoded.js';
import { TcpFlag } from './tcp-flag.js';

// A corpus file is one packet: hex, and # comments of which the first says what is expected:
//   # expect: packet tcp 6000 SYN,ACK from 203.0.113.7     (flags `-`: none; from: only where there is an IP header)
//   # expect: ignored truncated
// The file name begins with what the bytes begin with: ipv4-, ipv6-, tcp-, udp-.
const CORPUS = new URL('corpus/', import.meta.url);
const EXPECT = /^# expect: (?<outcome>(?:packet|ignored) .+)$/;
const ELSEWHERE = parseAddress('2001:db8:7::7')!;

const decoders: Record<string, (bytes: Uint8Array) => Decoded> = {
  ipv4: decodeIPv4,
  ipv6: decodeIPv6,
  tcp: (bytes) => decodeTransport(bytes, 'tcp', ELSEWHERE),
  udp: (bytes) => decodeTransport(bytes, 'udp', ELSEWHERE),
};

function load(file: string) {
  const [first, ...rest] = readFileSync(new URL(file, CORPUS), 'utf8').split('\n');
  const hex = rest.map((line) => line.replace(/#.*/, '').replaceAll(/\s/g, '')).join('');
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.length * 2 !== hex.length) throw new Error(`${file}: not hex`);
  return { expected: EXPECT.exec(first!)?.groups?.['outcome'], bytes, decode: decoders[file.split('-')[0]!]! };
}

function describeOutcome(decoded: Decoded): string {
  if (decoded.kind === 'ignored') return `ignored ${decoded.reason}`;
  const { protocol, destinationPort, flags, source } = decoded.packet;
  const names = Object.entries(TcpFlag).flatMap(([name, bit]) => ((flags & bit) === 0 ? [] : [name]));
  const words = ['packet', protocol, String(destinationPort)];
  if (protocol === 'tcp') words.push(names.join(',') || '-');
  if (source !== ELSEWHERE) words.push('from', formatAddress(source));
  return words.join(' ');
}

const files = readdirSync(CORPUS).filter((file) => file.endsWith('.hex'));

describe('the corpus', () => {
  it.each(files)('%s', (file) => {
    const { expected, bytes, decode } = load(file);
    expect(describeOutcome(decode(bytes))).toBe(expected);
  });

  it.each(files)('%s, cut anywhere: the same packet or truncated', (file) => {
    const { bytes, decode } = load(file);
    const whole = decode(bytes);
    const outcomes = Array.from(bytes, (_, length) => decode(bytes.subarray(0, length)));
    for (const outcome of outcomes) {
      expect([whole, { kind: 'ignored', reason: 'truncated' }]).toContainEqual(outcome);
    }
  });

  it.each(files)('%s given to the wrong decoder gives an outcome', (file) => {
    const { bytes } = load(file);
    for (const decode of Object.values(decoders))
      expect(describeOutcome(decode(bytes))).toMatch(/^(?:packet|ignored) /);
  });
});
