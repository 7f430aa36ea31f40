import { addressFromBytes, formatAddress, parseAddress } from '#address';
import {
  ADDRESS_BYTES,
  type Endpoint,
  PORT_BYTES,
  type ProxyRoute,
  V2_AT,
  V2_PROXY,
  V2_SIGNATURE,
  V2_TCP,
} from './proxy-header.js';

/** Version 2, command LOCAL: the proxy speaks for itself. */
const V2_LOCAL = 0x20;
/** AF_UNSPEC: the proxy does not say of whom it speaks. */
const V2_UNSPECIFIED = 0x00;
/** A header of version 1, its line end included (2.1 of the specification). */
const V1_MAX_BYTES = 107;
const V1_START = Buffer.from('PROXY ', 'latin1');
const V1_END = Buffer.from('\r\n', 'latin1');
/** Addresses and extensions of version 2, of which some proxies send hundreds of bytes; the protocol would take 65,535. */
const V2_MAX_BYTES = 4096;
const V1_UNKNOWN = 'UNKNOWN';
const V1_PORT = /^(?:0|[1-9]\d{0,4})$/u;
const MAX_PORT = 65_535;

export type ReadProxyHeader =
  /** So far it may be one. */
  | { readonly kind: 'unfinished' }
  | { readonly kind: 'malformed' }
  | {
      readonly kind: 'header';
      /** Its bytes; what follows is the client's. */
      readonly length: number;
      /** Canonical addresses. Undefined: the ends of the connection itself are meant (LOCAL, UNKNOWN). */
      readonly route: ProxyRoute | undefined;
    };

const UNFINISHED = { kind: 'unfinished' } as const;
const MALFORMED = { kind: 'malformed' } as const;

/**
 * What a connection from a proxy begins with ("The PROXY protocol", versions 1 and 2, haproxy.org). Never throws, and no
 * answer but a whole header takes more than 107 bytes (version 1) or 4 KiB (version 2).
 */
export function readProxyHeader(bytes: Buffer): ReadProxyHeader {
  if (startsLike(bytes, V1_START)) return readText(bytes);
  if (startsLike(bytes, V2_SIGNATURE)) return readBinary(bytes);
  return MALFORMED;
}

function startsLike(bytes: Buffer, start: Buffer): boolean {
  const length = Math.min(bytes.length, start.length);
  return bytes.subarray(0, length).equals(start.subarray(0, length));
}

function readText(bytes: Buffer): ReadProxyHeader {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf(V1_END);
  if (end === -1) return bytes.length < V1_MAX_BYTES ? UNFINISHED : MALFORMED;
  const [, family, ...ends] = bytes.toString('latin1', 0, end).split(' ');
  const length = end + V1_END.length;
  if (family === V1_UNKNOWN) return { kind: 'header', length, route: undefined };
  if (ends.length !== 4) return MALFORMED;
  const [source, destination, sourcePort, destinationPort] = ends as [string, string, string, string];
  return header(length, textEnd(family, source, sourcePort), textEnd(family, destination, destinationPort));
}

function textEnd(family: string | undefined, ip: string, port: string): Endpoint | undefined {
  const isFamily = family === (ip.includes(':') ? 'TCP6' : 'TCP4');
  const address = isFamily && !ip.includes('%') ? parseAddress(ip) : undefined;
  if (address === undefined || !V1_PORT.test(port) || Number(port) > MAX_PORT) return undefined;
  return { ip: formatAddress(address), port: Number(port) };
}

function readBinary(bytes: Buffer): ReadProxyHeader {
  if (bytes.length < V2_AT.addresses) return UNFINISHED;
  const command = bytes.readUInt8(V2_AT.command);
  const family = bytes.readUInt8(V2_AT.family);
  const length = V2_AT.addresses + bytes.readUInt16BE(V2_AT.length);
  if ((command !== V2_PROXY && command !== V2_LOCAL) || length > V2_AT.addresses + V2_MAX_BYTES) return MALFORMED;
  if (bytes.length < length) return UNFINISHED;
  if (command === V2_LOCAL || family === V2_UNSPECIFIED) return { kind: 'header', length, route: undefined };
  const version = family === V2_TCP[4] ? 4 : 6;
  if (family !== V2_TCP[version]) return MALFORMED; // not of TCP, so not of this connection
  const body = bytes.subarray(V2_AT.addresses, length);
  if (body.length < 2 * (ADDRESS_BYTES[version] + PORT_BYTES)) return MALFORMED;
  return header(length, binaryEnd(body, version, 0), binaryEnd(body, version, 1));
}

function binaryEnd(body: Buffer, version: 4 | 6, index: 0 | 1): Endpoint {
  const size = ADDRESS_BYTES[version];
  const address = addressFromBytes(body, index * size, version);
  return { ip: formatAddress(address), port: body.readUInt16BE(2 * size + index * PORT_BYTES) };
}

function header(length: number, source: Endpoint | undefined, destination: Endpoint | undefined): ReadProxyHeader {
  if (source === undefined || destination === undefined) return MALFORMED;
  return { kind: 'header', length, route: { source, destination } };
}
