import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NetLab } from './netlab.js';
import { Nginx } from './nginx.js';
import { run } from './run.js';

describe('Nginx', () => {
  let lab: NetLab;

  beforeAll(async () => {
    lab = await NetLab.create();
  });

  afterAll(async () => {
    await lab.stop();
  });

  it('serves its page to another host, by IPv4 and IPv6, and logs who asked', async () => {
    for (const address of [lab.server.address, lab.server.address6]) {
      await using nginx = await Nginx.start({ host: lab.server, address, port: 8081, page: 'behind the door' });
      const client = lab.host('client');
      const answer = await client.run('curl', ['-gsS', '-H', 'X-Forwarded-For: 192.0.2.1', `${nginx.url}/`]);
      expect(answer).toMatchObject({ code: 0, stdout: 'behind the door' });
      const from = address === lab.server.address ? client.address : client.address6;
      expect(await nginx.waitForAccess(/GET/)).toBe(`${from} "GET / HTTP/1.1" 200 15 "192.0.2.1" "-"`);
    }
  });

  it('listens on loopback, and leaves neither process nor files', async () => {
    const nginx = await Nginx.start();
    expect(nginx.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await run('curl', ['-sS', nginx.url])).stdout).toContain('The hidden page');

    await nginx.stop();

    expect(nginx.program.exitCode).toBe(0);
    expect(() => process.kill(nginx.program.pid, 0)).toThrow('ESRCH');
    expect(existsSync(nginx.directory.path)).toBe(false);
  });

  it('serves a big file that takes no space', async () => {
    await using nginx = await Nginx.start({ bigBytes: 64 * 1024 * 1024 });
    const sizes = ['-sS', '-o', '/dev/null', '-w', '%{http_code} %{size_download}', `${nginx.url}/big`];
    expect((await run('curl', sizes)).stdout).toBe('200 67108864');
  });

  it('takes the client from a PROXY header', async () => {
    await using nginx = await Nginx.start({ proxyProtocol: true });
    expect((await run('curl', ['-sS', '--haproxy-protocol', nginx.url])).stdout).toContain('The hidden page');
    expect(await nginx.waitForAccess(/GET/)).toMatch(/"127\.0\.0\.1"$/);
  });

  it('says what was asked for instead when an access does not come', async () => {
    await using nginx = await Nginx.start();
    await run('curl', ['-sS', `${nginx.url}/missing`]);
    await expect(nginx.waitForAccess(/never/, 100)).rejects.toThrow(/no access like[^]*GET \/missing/);
  });
});
