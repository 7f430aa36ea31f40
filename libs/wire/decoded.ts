import type { Packet } from './packet.js';

/**
 * Why bytes are no packet to look at:
 * - `truncated`: a header does not fit into what is there, or into what the IP header says is there
 * - `version`: not the IP version that the decoder is for
 * - `header_length`: a header says that it is shorter than its fixed part (RFC 791, IHL; RFC 9293, data offset)
 * - `length`: a total, payload or UDP length that leaves no room for a header; jumbograms (RFC 2675) among them
 * - `fragment`: not the first fragment, so without the transport header
 * - `source`: an IPv6 packet from a v4-mapped source
 * - `extension_headers`: more IPv6 extension headers than an honest packet has
 * - `protocol`: neither TCP nor UDP
 */
export type IgnoredReason =
  'truncated' | 'version' | 'header_length' | 'length' | 'fragment' | 'source' | 'extension_headers' | 'protocol';

export interface Ignored {
  readonly kind: 'ignored';
  readonly reason: IgnoredReason;
}

export type Decoded = { readonly kind: 'packet'; readonly packet: Packet } | Ignored;
