import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listeningSockets } from './listening-sockets.js';

describe('listeningSockets', () => {
  it('reads what listens, of both IP versions, and no connection', () => {
    const folder = mkdtempSync(join(tmpdir(), 'knockgate-proc-'));
    const row = (local: string, state: string, inode: number): string =>
      `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0\n`;
    const heading = '  sl  local_address rem_address   st tx_queue rx_queue\n';
    writeFileSync(join(folder, 'tcp'), heading + row('0100007F:1F90', '0A', 11) + row('0100007F:1F90', '01', 12));
    const addresses = ['0'.repeat(32), '00000000000000000000000001000000', 'B80D0120000000000000000001000000'];
    writeFileSync(join(folder, 'tcp6'), heading + addresses.map((one, i) => row(`${one}:0050`, '0A', 20 + i)).join(''));
    expect(listeningSockets(folder)).toEqual([
      { host: '127.0.0.1', port: 8080, inode: '11' },
      { host: '::', port: 80, inode: '20' },
      { host: '::1', port: 80, inode: '21' },
      { host: '2001:db8::1', port: 80, inode: '22' },
    ]);
    rmSync(folder, { recursive: true });
    expect(listeningSockets(folder)).toEqual([]);
  });
});
