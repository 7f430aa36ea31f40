import { readdirSync, readFileSync } from 'node:fs';
import { formatAddress, isIPv4, parseAddress } from '#address';
import { type Decoded, decodeIPv4, decodeIPv6, decodeTransport, type Packet } from '#wire';
import { buildPacket } from '../../../libs/wire/build-packet.fixture.js';
import { fingerprint } from '../../../libs/wire/fingerprint.js';
import { IGNORED } from '../../../libs/wire/ignored.js';
import { must, mustEqual } from '../must.js';
import type { FuzzTarget } from '../target.js';

type Decode = (bytes: Uint8Array) => Decoded;

const ELSEWHERE = parseAddress('2001:db8:7::7')!;
/** Which one an input is for says its first byte. */
const DECODERS: readonly Decode[] = [
  decodeIPv4,
  decodeIPv6,
  (bytes) => decodeTransport(bytes, 'tcp', ELSEWHERE),
  (bytes) => decodeTransport(bytes, 'udp', ELSEWHERE),
];
const KINDS = ['ipv4', 'ipv6', 'tcp', 'udp'];
const HEX = new URL('../../../libs/wire/corpus/', import.meta.url);
/** What is behind the bytes in the same memory. */
const FILLINGS = [0x00, 0xff, 0x06];

/** The packet decoder: every outcome has its type, nothing is read beyond the end, what is read is what was sent. */
export const packet: FuzzTarget = {
  name: 'packet',
  covers: /\/libs\/(?:wire|address)\/(?!.*fixture)/u,
  words: [],
  maxBytes: 256,
  seeds: readdirSync(HEX)
    .filter((file) => file.endsWith('.hex'))
    .toSorted()
    .map(seedFrom),
  run(input) {
    const kind = (input[0] ?? 0) % DECODERS.length;
    const decode = DECODERS[kind]!;
    const bytes = input.subarray(1);
    const decoded = decode(bytes);
    checkType(decoded);
    mustEqual('nothing is read beyond the end', decode(guarded(bytes)), decoded);
    for (const filling of FILLINGS) {
      const memory = Buffer.alloc(bytes.length + 64, filling);
      bytes.copy(memory, 32);
      const found = decode(memory.subarray(32, 32 + bytes.length));
      mustEqual('what lies around it changes nothing', found, decoded);
    }
    if (decoded.kind === 'packet') checkPacket({ packet: decoded.packet, bytes, decode, isWhole: kind < 2 });
  },
};

function seedFrom(file: string): Buffer {
  const text = readFileSync(new URL(file, HEX), 'utf8');
  const kind = KINDS.indexOf(file.split('-')[0]!);
  return Buffer.concat([Buffer.of(kind), Buffer.from(text.replaceAll(/#.*|\s/gu, ''), 'hex')]);
}

/** The same bytes, but whoever reads one that is not there is told so. */
function guarded(bytes: Buffer): Uint8Array {
  return new Proxy(new Uint8Array(bytes), {
    get(array, key) {
      if (typeof key === 'string' && /^-?\d+$/u.test(key))
        must('nothing is read beyond the end', Number(key) < array.length);
      return Reflect.get(array, key, array) as unknown;
    },
  });
}

function checkType(decoded: Decoded): void {
  if (decoded.kind === 'ignored') {
    must('what is ignored is so for a known reason', IGNORED[decoded.reason] === decoded, decoded);
    return;
  }
  const { protocol, sourcePort, destinationPort, flags, fingerprint: print, source, destination } = decoded.packet;
  must('a packet is of TCP or UDP', protocol === 'tcp' || protocol === 'udp', decoded);
  must('ports are ports', [sourcePort, destinationPort].every(isUnsigned(16)), decoded);
  must('flags are a byte, of UDP 0', isUnsigned(8)(flags) && (protocol === 'tcp' || flags === 0), decoded);
  const words = [source, ...(destination === undefined ? [] : [destination])].flatMap(({ a, b, c, d }) => [a, b, c, d]);
  must('addresses and fingerprints are unsigned', [print, ...words].every(isUnsigned(32)), decoded);
}

function isUnsigned(bits: number): (value: number) => boolean {
  return (value) => Number.isInteger(value) && value >= 0 && value < 2 ** bits;
}

interface Read {
  readonly packet: Packet;
  readonly bytes: Buffer;
  readonly decode: Decode;
  /** With its IP header. */
  readonly isWhole: boolean;
}

function checkPacket({ packet: read, bytes, decode, isWhole }: Read): void {
  const decoded: Decoded = { kind: 'packet', packet: read };
  for (let length = 0; length < bytes.length; length += 1) {
    const cut = decode(bytes.subarray(0, length));
    if (cut !== IGNORED.truncated) mustEqual('cut short it is the same packet, or truncated', cut, decoded);
  }
  if (!isWhole) return;
  mustEqual('what follows it changes nothing', decode(Buffer.concat([bytes, Buffer.from('more')])), decoded);
  checkEncoded(read, decode);
}

/** Sent anew with what was read, it is read as the same. */
function checkEncoded(read: Packet, decode: Decode): void {
  const { protocol, source, destination, sourcePort, destinationPort, flags } = read;
  if (destination === undefined || isIPv4(source) !== isIPv4(destination)) return; // a v4-mapped destination has no text
  const built = buildPacket({
    protocol,
    source: formatAddress(source),
    destination: formatAddress(destination),
    sourcePort,
    destinationPort,
    flags,
    sequence: (read.fingerprint ^ fingerprint(sourcePort, 0)) >>> 0,
  });
  const again = decode(built);
  must('what was encoded is decoded', again.kind === 'packet', again);
  // the fingerprint of UDP is of its checksum, which is the builder's own now
  const print = protocol === 'tcp' ? read.fingerprint : again.packet.fingerprint;
  mustEqual('what was encoded is what is decoded', again.packet, { ...read, fingerprint: print });
}
