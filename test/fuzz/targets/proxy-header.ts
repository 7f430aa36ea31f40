import { isIPv4, isIPv6 } from 'node:net';
import { proxyHeader, type ProxyRoute } from '../../../apps/gateway/proxy-header.js';
import { type ReadProxyHeader, readProxyHeader } from '../../../apps/gateway/read-proxy-header.js';
import { must, mustEqual } from '../must.js';
import type { FuzzTarget } from '../target.js';

/** What may come before a verdict (read-proxy-header.ts). */
const MOST_UNFINISHED = { v1: 106, v2: 16 + 4096 - 1 };

/** The PROXY protocol's header, held against a second reading of its specification; however it is cut up. */
export const proxyHeaders: FuzzTarget = {
  name: 'proxy-header',
  covers: /\/(?:apps\/gateway\/(?:read-)?proxy-header|libs\/address\/)/u,
  words: [
    'PROXY ',
    'TCP4 ',
    'TCP6 ',
    'UNKNOWN',
    ' 192.0.2.1',
    ' 255.255.255.255',
    ' ::1',
    ' ::ffff:192.0.2.1',
    ' 2001:db8::1',
    ' fe80::1%1',
    ' 65535',
    ' 0',
    '\r\n',
    '\r\n\r\n\0\r\nQUIT\n',
    '\x21\x11\0\x0c',
    '\x21\x21\0\x24',
    '\x20\0\0\0',
  ],
  maxBytes: 300,
  run(bytes) {
    const read = readProxyHeader(bytes);
    const expected = secondReading(bytes);
    mustEqual('it is read as the specification says', read.kind === 'header' ? read : undefined, expected);
    if (read.kind === 'unfinished') {
      const most = bytes[0] === 0x50 ? MOST_UNFINISHED.v1 : MOST_UNFINISHED.v2;
      must('a verdict comes before there are too many bytes', bytes.length <= most, bytes.length);
    }
    checkPrefixes(bytes, read);
    if (read.kind === 'header' && read.route !== undefined) checkWritten(read.route);
  },
};

/** A verdict is for good, and whatever is cut off before it leaves it open. */
function checkPrefixes(bytes: Buffer, whole: ReadProxyHeader): void {
  const verdict = [...bytes.keys()].map((length) => readProxyHeader(bytes.subarray(0, length)));
  const first = verdict.findIndex(({ kind }) => kind !== 'unfinished');
  if (first === -1) return;
  for (const later of verdict.slice(first)) mustEqual('a verdict is for good', later, whole);
  if (whole.kind === 'header') mustEqual('a header is one at its last byte', first, whole.length);
}

function checkWritten(route: ProxyRoute): void {
  for (const version of ['v1', 'v2'] as const) {
    const written = proxyHeader(version, route);
    const found = readProxyHeader(written);
    mustEqual('what is written is read', found, { kind: 'header', length: written.length, route });
  }
}

const V2_START = '\r\n\r\n\0\r\nQUIT\n';

/** Of a header, slowly, from the text of the specification ("The PROXY protocol", 2.1 and 2.2); undefined if it is none. */
function secondReading(bytes: Buffer): ReadProxyHeader | undefined {
  const text = bytes.toString('latin1');
  return text.startsWith(V2_START) ? secondBinary(bytes) : secondText(text);
}

function secondText(text: string): ReadProxyHeader | undefined {
  // "maximum line length including the CRLF: 107"; UNKNOWN: "must ignore anything presented before the CRLF is found"
  const line = /^(PROXY (?:UNKNOWN(?: [^]*?)?|TCP4 \S+ \S+ \d+ \d+|TCP6 \S+ \S+ \d+ \d+))\r\n/u.exec(text)?.[1];
  if (line === undefined || line.includes('\r\n') || line.length + 2 > 107) return undefined;
  const length = line.length + 2;
  const [, family, from = '', to = '', fromPort = '', toPort = ''] = line.split(' ');
  if (family === 'UNKNOWN') return { kind: 'header', length, route: undefined };
  const is = family === 'TCP4' ? isIPv4 : isIPv6;
  const areRight = [from, to].every((ip) => is(ip) && !ip.includes('%')) && [fromPort, toPort].every(isPort);
  if (!areRight) return undefined;
  const source = { ip: canonical(from), port: Number(fromPort) };
  return { kind: 'header', length, route: { source, destination: { ip: canonical(to), port: Number(toPort) } } };
}

/** "a decimal integer in the range [0..65535] … heading zeroes are not permitted" */
function isPort(digits: string): boolean {
  return String(Number(digits)) === digits && Number(digits) <= 65_535;
}

/** By Node's URL; an IPv4 address within an IPv6 one is that IPv4 address to us. */
function canonical(ip: string): string {
  if (isIPv4(ip)) return ip;
  const address = new URL(`http://[${ip}]`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([^:]+):([^:]+)$/u.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  return [high, low].flatMap((word) => [Number.parseInt(word, 16) >> 8, Number.parseInt(word, 16) & 255]).join('.');
}

function secondBinary(bytes: Buffer): ReadProxyHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 16) return undefined;
  const [versionAndCommand, family, more] = [view.getUint8(12), view.getUint8(13), view.getUint16(14)];
  const length = 16 + more;
  // 2.2: "the highest four bits contain the version … the receiver must only accept" 2; commands 0 and 1; more than 4 KiB we refuse
  if (versionAndCommand >> 4 !== 2 || (versionAndCommand & 15) > 1 || more > 4096 || bytes.length < length)
    return undefined;
  if ((versionAndCommand & 15) === 0 || family === 0) return { kind: 'header', length, route: undefined };
  // of the families only TCP can be this connection's
  const size = { 0x11: 4, 0x21: 16 }[family];
  if (size === undefined || more < 2 * size + 4) return undefined;
  const end = (index: number): { ip: string; port: number } => ({
    ip: canonical(ipAt(bytes.subarray(16 + index * size, 16 + (index + 1) * size))),
    port: view.getUint16(16 + 2 * size + 2 * index),
  });
  return { kind: 'header', length, route: { source: end(0), destination: end(1) } };
}

function ipAt(bytes: Buffer): string {
  return bytes.length === 4 ? bytes.join('.') : bytes.toString('hex').replaceAll(/(.{4})(?!$)/gu, '$1:');
}
