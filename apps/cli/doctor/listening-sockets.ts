import { readFileSync } from 'node:fs';
import { addressFromBytes, formatAddress } from '#address';

const TCP_LISTEN = '0A'; // include/net/tcp_states.h
const WORD_BYTES = 4;

export interface ListeningSocket {
  /** Canonical; `::` often means IPv4 too, which /proc does not tell. */
  readonly host: string;
  readonly port: number;
  readonly inode: string;
}

/** What listens on TCP in this network namespace (/proc/net/tcp, proc(5)). */
export function listeningSockets(procNet = '/proc/self/net'): ListeningSocket[] {
  return [...table(`${procNet}/tcp`, 4), ...table(`${procNet}/tcp6`, 6)];
}

function table(path: string, family: 4 | 6): ListeningSocket[] {
  return read(path)
    .split('\n')
    .flatMap((line) => {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/u);
      const [host = '', port = ''] = local.split(':');
      if (state !== TCP_LISTEN || host.length !== (family === 4 ? 1 : 4) * WORD_BYTES * 2) return [];
      return [{ host: fromWords(host, family), port: Number.parseInt(port, 16), inode }];
    });
}

/** The kernel shows words in the host's byte order; little-endian, as on all machines that this runs on. */
function fromWords(hex: string, family: 4 | 6): string {
  const bytes = Buffer.from(hex, 'hex').swap32();
  // an IPv4 address in a table of IPv6's stays what it is: `::` there is no 0.0.0.0
  return formatAddress(addressFromBytes(bytes, 0, family));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // a host without IPv6 has no tcp6
  }
}
