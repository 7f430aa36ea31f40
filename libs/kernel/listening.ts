import { readFileSync } from 'node:fs';
import { addressToBytes } from '#address';
import type { SocketAddress } from './tcp-socket.js';

const TCP_LISTEN = '0A'; // include/net/tcp_states.h
const V4_OFFSET = 12;

/** Whether a process of this network namespace listens on this address, or on all of its family (/proc/net/tcp, proc(5)). */
export function isListening({ address, family, port }: SocketAddress, procNet = '/proc/self/net'): boolean {
  const bytes = Buffer.from(family === 4 ? addressToBytes(address).subarray(V4_OFFSET) : addressToBytes(address));
  const own = bytes.swap32().toString('hex').toUpperCase(); // the kernel shows words in host byte order
  const any = '0'.repeat(own.length);
  return rows(`${procNet}/tcp${family === 4 ? '' : '6'}`).some(({ host, hexPort, state }) => {
    const isThere = host === own || host === any || own === any;
    return state === TCP_LISTEN && Number.parseInt(hexPort, 16) === port && isThere;
  });
}

function rows(path: string): { readonly host: string; readonly hexPort: string; readonly state: string }[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return []; // a host without IPv6 has no tcp6
  }
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state = ''] = line.trim().split(/\s+/u);
    const [host, hexPort] = local.split(':');
    return host === undefined || hexPort === undefined ? [] : [{ host, hexPort, state }];
  });
}
