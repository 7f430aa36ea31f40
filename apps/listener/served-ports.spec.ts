import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { servedPorts } from './served-ports.js';

const HEADING = '  sl  local_address rem_address   st tx_queue rx_queue\n';

describe('servedPorts', () => {
  it('knows a port of this host that listens, and not one that does not', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address!.port : 0;
    expect((await servedPorts()).has('tcp', port)).toBe(true);
    server.close();
    await once(server, 'close');
    expect((await servedPorts()).has('tcp', port)).toBe(false);
  });

  it('reads listeners of TCP and whatever is bound on UDP, of both IP versions, and stops at the connections', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'knockgate-proc-'));
    const row = (port: string, state: string): string => `   0: 00000000:${port} 00000000:0000 ${state} 0 0\n`;
    writeFileSync(join(folder, 'tcp'), HEADING + row('0016', '0A') + row('1F90', '0A') + row('C350', '01'));
    writeFileSync(join(folder, 'udp'), HEADING + row('0035', '07') + row('14E9', '01'));
    writeFileSync(join(folder, 'udp6'), `${HEADING}   0: 00000000000000000000000000000000:007B 0:0 07 0\n`);
    const ports = await servedPorts(folder); // no tcp6: as on a host without IPv6
    expect(ports.list('tcp')).toEqual([22, 8080]);
    expect(ports.list('udp')).toEqual([53, 123, 5353]);
    rmSync(folder, { recursive: true });
  });
});
