import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Capture } from './capture.js';
import { loopback } from './host.js';
import { NetLab } from './netlab.js';
import { Nginx } from './nginx.js';
import { run } from './run.js';

describe('Capture', () => {
  let lab: NetLab;
  let nginx: Nginx;

  beforeAll(async () => {
    lab = await NetLab.create();
    nginx = await Nginx.start({ host: lab.server, address: '0.0.0.0', port: 80, page: 'x'.repeat(1000) });
  });

  afterAll(async () => {
    await nginx.stop();
    await lab.stop();
  });

  it('counts what a host got, and shows that another got nothing', async () => {
    const client = lab.host('client');
    await using atClient = await Capture.start(client, { filter: 'tcp' });
    await using atStranger = await Capture.start(lab.host('stranger'), { filter: 'tcp' });
    await client.run('curl', ['-sS', `http://${lab.server.address}/`]);

    const answer = await atClient.count(`src host ${lab.server.address} and src port 80`);
    expect(answer.packets).toBeGreaterThan(2);
    expect(answer.payloadBytes).toBeGreaterThan(1000);
    expect((await atClient.count('tcp[tcpflags] & tcp-syn != 0')).packets).toBe(2);
    expect(await atStranger.stop()).toEqual({ packets: 0, payloadBytes: 0 });
  });

  it('loses nothing of a burst that ends just before it is stopped', async () => {
    const client = lab.host('client');
    const capture = await Capture.start(client, { filter: 'udp and dst port 9000' });
    await client.run('hping3', [
      '-2',
      '-q',
      '-i',
      'u20',
      '-c',
      '5000',
      '-d',
      '10',
      '-p',
      '9000',
      '-k',
      lab.server.address,
    ]);
    const traffic = await capture.stop();
    expect(traffic).toEqual({ packets: 5000, payloadBytes: 50_000 });
    expect(capture.program.exitCode).toBe(0);
    expect(existsSync(capture.directory.path)).toBe(false);
  });

  it('sees IPv6, and counts no payload for what is neither TCP nor UDP', async () => {
    const client = lab.host('client');
    const capture = await Capture.start(client, { filter: 'icmp6 and ip6[40] == 128' });
    await client.run('ping', ['-c', '2', '-i', '0.2', lab.server.address6]);
    expect(await capture.stop()).toEqual({ packets: 2, payloadBytes: 0 });
  });

  it('works on loopback, where the filter sees each packet twice', async () => {
    await using local = await Nginx.start({ page: 'y'.repeat(500) });
    const port = new URL(local.url).port;
    const capture = await Capture.start(loopback, { filter: `tcp port ${port}` });
    await run('curl', ['-sS', local.url]);
    const traffic = await capture.stop(`src port ${port}`);
    expect(traffic.payloadBytes).toBeGreaterThan(500);
  });

  it('refuses a filter that tcpdump does not know', async () => {
    await expect(Capture.start(loopback, { filter: 'nonsense' })).rejects.toThrow('syntax error');
  });
});
