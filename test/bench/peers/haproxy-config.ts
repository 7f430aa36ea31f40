import type { PeerSettings } from './start-peer.js';

/** HAProxy as a relay of TCP: one thread, no log. */
export function haproxyConfig({ address, port, upstream }: PeerSettings): string {
  return `global
  nbthread 1
  maxconn 4096
defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen relay
  bind ${address}:${port}
  server page ${upstream.host}
`;
}
