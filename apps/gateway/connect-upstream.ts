import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Connect } from './upstream-connection.js';

const DEFAULT_PORT = { 'http:': 80, 'https:': 443 } as const;

/** How sockets to an upstream are opened: `http://HOST[:PORT]` or `https://HOST[:PORT]`. */
export function connectUpstream(upstream: string): Connect {
  const { protocol, hostname, port: digits } = new URL(upstream);
  const host = hostname.replaceAll(/^\[|\]$/gu, '');
  const port = digits === '' ? DEFAULT_PORT[protocol as keyof typeof DEFAULT_PORT] : Number(digits);
  const to = { host, port, noDelay: true };
  if (protocol === 'http:') return (onread) => connectTcp({ ...to, onread });
  // SECURITY: it has to prove the name in the config, not the Host that some client asks for
  const servername = isIP(host) === 0 ? host : '';
  return ({ callback }) => {
    const socket = connectTls({ ...to, servername, ALPNProtocols: ['http/1.1'] });
    return socket.on('data', (bytes: Buffer) => void (callback(bytes.length, bytes) || socket.pause()));
  };
}
