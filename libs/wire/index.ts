// Bytes become packets or a named reason why not, whatever the bytes are: length checked first, nothing thrown, nothing decided.
export type { Decoded, Ignored, IgnoredReason } from './decoded.js';
export { decodeIPv4 } from './decode-ipv4.js';
export { decodeIPv6 } from './decode-ipv6.js';
export { decodeTransport } from './decode-transport.js';
export type { Packet } from './packet.js';
export { TcpFlag } from './tcp-flag.js';
