import { canonicalAddress, formatAddress, parseAddress } from '#address';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildPacket, buildTransport, type ExtensionHeader, type PacketDescription } from './build-packet.fixture.js';
import { decodeIPv4 } from './decode-ipv4.js';
import { decodeIPv6 } from './decode-ipv6.js';
import { decodeTransport } from './decode-transport.js';
import type { Decoded } from './decoded.js';
import { IGNORED } from './ignored.js';
import { TcpFlag } from './tcp-flag.js';

const byte = fc.nat({ max: 0xff });
const port = fc.nat({ max: 0xffff });
const words = (max: number) => fc.nat({ max }).chain((n) => fc.array(byte, { minLength: 4 * n, maxLength: 4 * n }));
const transport = {
  protocol: fc.constantFrom('tcp', 'udp'),
  sourcePort: port,
  destinationPort: port,
  flags: byte,
  sequence: fc.nat({ max: 0xffffffff }),
  tcpOptions: words(10),
  payload: fc.array(byte, { maxLength: 40 }),
} as const;
const v4: fc.Arbitrary<PacketDescription> = fc.record({
  ...transport,
  source: fc.ipV4(),
  destination: fc.ipV4(),
  ipOptions: words(10),
  fragment: fc.record({ offset: fc.constant(0), more: fc.boolean() }),
});
const trueV6 = fc.ipV6().filter((text) => canonicalAddress(text)!.includes(':'));
const extensionHeader: fc.Arbitrary<ExtensionHeader> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('HOP_BY_HOP', 'ROUTING', 'DESTINATION_OPTIONS'),
    units: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 256 })),
  }),
  fc.record({ kind: fc.constant('FRAGMENT'), offset: fc.constant(0), more: fc.boolean() }),
  fc.record({ kind: fc.constant('AUTHENTICATION'), icvWords: fc.nat({ max: 16 }) }),
);
const v6: fc.Arbitrary<PacketDescription> = fc.record({
  ...transport,
  source: trueV6,
  destination: trueV6,
  extensionHeaders: fc.array(extensionHeader, { maxLength: 8 }),
});

const SOURCE = parseAddress('2001:db8::7')!;
const decoders: [string, fc.Arbitrary<Uint8Array<ArrayBuffer>>, (bytes: Uint8Array) => Decoded][] = [
  ['decodeIPv4', v4.map(buildPacket), decodeIPv4],
  ['decodeIPv6', v6.map(buildPacket), decodeIPv6],
  [
    'decodeTransport of TCP',
    v6.map((packet) => buildTransport({ ...packet, protocol: 'tcp' })),
    (bytes) => decodeTransport(bytes, 'tcp', SOURCE),
  ],
  [
    'decodeTransport of UDP',
    v6.map((packet) => buildTransport({ ...packet, protocol: 'udp' })),
    (bytes) => decodeTransport(bytes, 'udp', SOURCE),
  ],
];

/** What went in, as it must come out; the fingerprint has its own spec. */
function expectPacket(decoded: Decoded, sent: PacketDescription, toldDestination = true): void {
  expect(decoded).toMatchObject({
    kind: 'packet',
    packet: {
      protocol: sent.protocol,
      source: parseAddress(sent.source),
      ...(toldDestination ? { destination: parseAddress(sent.destination) } : {}),
      sourcePort: sent.sourcePort,
      destinationPort: sent.destinationPort,
      flags: sent.protocol === 'tcp' ? sent.flags : 0,
    },
  });
}

const unsigned = (bits: number) => expect.toSatisfy((n: number) => Number.isInteger(n) && n >= 0 && n < 2 ** bits);

const ADDRESS = { a: unsigned(32), b: unsigned(32), c: unsigned(32), d: unsigned(32) };
const PACKET = {
  kind: 'packet',
  packet: {
    protocol: expect.stringMatching(/^(?:tcp|udp)$/),
    source: ADDRESS,
    sourcePort: unsigned(16),
    destinationPort: unsigned(16),
    flags: unsigned(8),
    fingerprint: unsigned(32),
  },
};

function expectOutcome(decoded: Decoded): void {
  expect(decoded).toEqual(outcomeLike(decoded));
}

function outcomeLike(decoded: Decoded) {
  if (decoded.kind === 'ignored') return IGNORED[decoded.reason];
  if (decoded.packet.destination === undefined) return PACKET;
  return { ...PACKET, packet: { ...PACKET.packet, destination: ADDRESS } };
}

describe('what is encoded is decoded', () => {
  it('over IPv4', () => {
    fc.assert(fc.property(v4, (sent) => expectPacket(decodeIPv4(buildPacket(sent)), sent)));
    expect.hasAssertions();
  });

  it('over IPv6, through any extension headers', () => {
    fc.assert(fc.property(v6, (sent) => expectPacket(decodeIPv6(buildPacket(sent)), sent)));
    expect.hasAssertions();
  });

  it('without an IP header', () => {
    fc.assert(
      fc.property(v6, (sent) => {
        const source = parseAddress(sent.source)!;
        expectPacket(decodeTransport(buildTransport(sent), sent.protocol, source), sent, false);
      }),
    );
    expect.hasAssertions();
  });

  it('wherever in a larger buffer it lies', () => {
    fc.assert(
      fc.property(v4.map(buildPacket), fc.nat({ max: 64 }), (bytes, at) => {
        const buffer = Buffer.alloc(at + bytes.length + 64, 0xff);
        buffer.set(bytes, at);
        expect(decodeIPv4(buffer.subarray(at, at + bytes.length))).toEqual(decodeIPv4(bytes));
      }),
    );
  });
});

describe('a later fragment is ignored, whatever its bytes look like', () => {
  const offset = fc.integer({ min: 1, max: 0x1fff });

  it('over IPv4', () => {
    fc.assert(
      fc.property(v4, offset, fc.boolean(), (sent, at, more) => {
        expect(decodeIPv4(buildPacket({ ...sent, fragment: { offset: at, more } }))).toBe(IGNORED.fragment);
      }),
    );
  });

  it('over IPv6, wherever the fragment header is', () => {
    const headers = fc.array(extensionHeader, { maxLength: 7 });
    fc.assert(
      fc.property(v6, headers, offset, fc.nat({ max: 7 }), (sent, others, at, where) => {
        const extensionHeaders = others.toSpliced(where, 0, { kind: 'FRAGMENT', offset: at, more: false });
        expect(decodeIPv6(buildPacket({ ...sent, extensionHeaders }))).toBe(IGNORED.fragment);
      }),
    );
  });
});

describe.each(decoders)('%s answers, and never throws', (_, valid, decode) => {
  it('for any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => expectOutcome(decode(bytes))));
    expect.hasAssertions();
  });

  it('for any bytes behind a plausible first byte', () => {
    const first = fc.constantFrom(0x45, 0x46, 0x4f, 0x60);
    fc.assert(
      fc.property(first, fc.uint8Array({ maxLength: 200 }), (versionAndIhl, rest) =>
        expectOutcome(decode(Uint8Array.of(versionAndIhl, ...rest))),
      ),
    );
    expect.hasAssertions();
  });

  it('for any truncation of a valid packet: the same packet or `truncated`', () => {
    fc.assert(
      fc.property(valid, fc.nat(), (bytes, n) => {
        const cut = decode(bytes.subarray(0, n % bytes.length));
        expect([decode(bytes), IGNORED.truncated]).toContainEqual(cut);
      }),
      { numRuns: 1000 },
    );
  });

  it('for any change of one byte of a valid packet', () => {
    fc.assert(
      fc.property(valid, fc.nat(), byte, (bytes, n, value) => {
        expectOutcome(decode(bytes.with(n % bytes.length, value)));
      }),
      { numRuns: 1000 },
    );
    expect.hasAssertions();
  });

  it('for valid packets with other bytes behind them: the same packet', () => {
    fc.assert(
      fc.property(valid, fc.uint8Array({ maxLength: 64 }), (bytes, trailer) => {
        expect(decode(Uint8Array.of(...bytes, ...trailer))).toEqual(decode(bytes));
      }),
    );
  });
});

describe('the source', () => {
  it('is one value, whichever way it came', () => {
    fc.assert(
      fc.property(v4, (sent) => {
        const decoded = decodeIPv4(buildPacket(sent));
        expect(decoded.kind === 'packet' && formatAddress(decoded.packet.source)).toBe(sent.source);
      }),
    );
  });

  it('is never an IPv4 address if the packet is IPv6', () => {
    fc.assert(
      fc.property(v6, fc.ipV4(), (sent, spoofed) => {
        const bytes = buildPacket({ ...sent, flags: TcpFlag.SYN });
        bytes.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...spoofed.split('.').map(Number)], 8);
        expect(decodeIPv6(bytes)).toBe(IGNORED.source);
      }),
    );
  });
});
