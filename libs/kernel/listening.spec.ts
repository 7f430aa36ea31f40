import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseAddress } from '#address';
import { isListening } from './listening.js';

// As /proc/net shows them: 127.0.0.1:6379, 0.0.0.0:99 and 10.0.0.1:81 listen; a connection from 10.0.0.1:82.
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 00000000:0063 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100 0 0 10 0
   2: 0100000A:0051 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
   3: 0100000A:0052 0200000A:8000 01 00000000:00000000 00:00000000 00000000     0        0 4 1 0 20 4 30 10 -1
`;
const TCP6 = `  sl  local_address                         remote_address                        st
   0: B80D0120000000000000000001000000:0051 00000000000000000000000000000000:0000 0A
`;

describe('isListening', () => {
  const folder = mkdtempSync(join(tmpdir(), 'knockgate-proc-'));
  writeFileSync(join(folder, 'tcp'), TCP);
  writeFileSync(join(folder, 'tcp6'), TCP6);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['127.0.0.1', 6379, true],
    ['0.0.0.0', 6379, true], // one of all addresses is taken
    ['10.0.0.1', 6379, false],
    ['10.0.0.1', 99, true], // all addresses, so this one too
    ['10.0.0.1', 81, true],
    ['10.0.0.2', 81, false],
    ['10.0.0.1', 82, false], // connected, not listening
    ['2001:db8::1', 81, true],
    ['::', 81, true],
    ['::', 99, false], // IPv4 has a table of its own
  ])('%s port %i: %s', (host, port, there) => {
    const family = host.includes(':') ? 6 : 4;
    expect(isListening({ address: parseAddress(host)!, family, port }, folder)).toBe(there);
  });

  it('is silent about a table that is not there', () => {
    expect(isListening({ address: parseAddress('::')!, family: 6, port: 81 }, '/nowhere')).toBe(false);
  });
});
