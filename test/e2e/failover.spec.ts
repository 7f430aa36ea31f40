import { writeFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { certify } from '../lab/certify.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisCluster } from '../lab/redis-cluster.js';
import { RedisSentinels } from '../lab/redis-sentinels.js';
import { TempDir } from '../lab/temp-dir.js';
import { curl, nmapKnock } from './recipe.fixture.js';

const PASSWORD = 'hunter2';
const SENTINELS_PASSWORD = 'hunter3';
/** Needs a password; servers and Sentinels among themselves are the default user. */
const USER = (rights: string) => ({ user: `gate on >${PASSWORD} ${rights}` });

describe('listener and gateway over Sentinels', () => {
  it('the master killed: who is in stays in, a revocation is heard, and knocks open again', async () => {
    await using lab = await NetLab.create();
    await using sentinels = await RedisSentinels.start({ host: lab.server, settings: USER('~* &* +@all') });
    await using folder = await TempDir.create('failover');
    await writeFile(folder.file('password'), `${PASSWORD}\n`);
    const store = sentinels.store.replace(' }', ', username: gate, password_file: password, wait_replicas: 1 }');
    const door = '{ sequence: [6000, 7000, 8000], cmd_timeout: 60, listen: 0.0.0.0:80, upstream: sample }';
    await writeFile(folder.file('knockgate.yaml'), `store: ${store}\ndoors: { HTTP: ${door} }\n`);
    const config = ['--config', folder.file('knockgate.yaml')];
    const start = (role: string) => Knockgate.start([role, ...config], { host: lab.server, ready: /"ready: / });
    const run = (...words: string[]) => Knockgate.run([...words, ...config], { host: lab.server });
    await using listener = await start('listen');
    await using gateway = await start('serve');
    const [client, other] = [lab.host('client'), lab.host('stranger')];
    const url = `http://${lab.server.address}/`;
    const isOpen = async (who = client): Promise<boolean> => (await curl(who, url)).code === 0;
    const knock = (who = client) => nmapKnock(who, lab.server.address, [6000, 7000, 8000]);

    await knock();
    await listener.waitForLog(/OPEN SESAME/u);
    await vi.waitFor(async () => expect(await isOpen()).toBe(true));
    const master = await sentinels.master();
    expect((await run('status')).stdout).toContain(`at the Sentinels' master 127.0.0.1:${master.port}, answers`);
    expect((await run('grant', 'HTTP', other.address)).code).toBe(0);
    expect((await run('revoke', 'HTTP', other.address)).code).toBe(0);
    await gateway.waitForLog(/HTTP: revoked/u);

    await master.stop('SIGKILL');
    await gateway.waitForLog(/store unreachable: .*127\.0\.0\.1/u);
    await Promise.all([listener, gateway].map((each) => each.waitForLog(/store ready/u, { timeoutMs: 30_000 })));
    expect([await isOpen(), await isOpen(other)]).toEqual([true, false]);
    expect(gateway.events.filter(({ event }) => event === 'store_stale')).toEqual([]);
    expect((await run('revoke', 'HTTP', client.address)).stderr).toMatch(/revocation: 0 of 1 replica confirmed/u);
    await vi.waitFor(async () => expect(await isOpen()).toBe(false));
    await knock(other);
    await vi.waitFor(async () => expect(await isOpen(other)).toBe(true));

    // root's files, which the gateway itself may not read any more
    gateway.program.signal('SIGHUP');
    await gateway.waitForLog(/config re-read: 1 door/u);
    const { stdout } = await run('doctor', '--for', 'serve');
    const now = await sentinels.master();
    expect(now).not.toBe(master);
    expect(stdout).toMatch(new RegExp(`warning.*redis: 127\\.0\\.0\\.1:${now.port}: has no replica`, 'u'));
    expect(stdout).toMatch(/ok +redis: 3 of 3 Sentinels could replace the master mymaster/u);
    const said = [...listener.events, ...gateway.events].map((event) => JSON.stringify(event)).join('\n');
    expect(said + stdout).not.toContain(PASSWORD);
  });
});

describe('listener and gateway over Sentinels with TLS and a password of their own', () => {
  it('a knock opens, also after the master is lost; doctor asks each of them, and its cures do', async () => {
    await using lab = await NetLab.create();
    await using folder = await TempDir.create('failover');
    const tls = await certify(folder);
    const options = { host: lab.server, tls, password: SENTINELS_PASSWORD, settings: USER('~* &* +@all') };
    await using sentinels = await RedisSentinels.start(options);
    await writeFile(folder.file('password'), `${PASSWORD}\n`);
    await writeFile(folder.file('sentinel-password'), `${SENTINELS_PASSWORD}\n`);
    const files = '{ ca_file: ca.pem, cert_file: own.pem, key_file: own.key }';
    const access = `username: gate, password_file: password, sentinel_password_file: sentinel-password, tls: ${files}`;
    const door = '{ sequence: [6000, 7000, 8000], cmd_timeout: 60, listen: 0.0.0.0:80, upstream: sample }';
    const write = (name: string, more: string) =>
      writeFile(
        folder.file(name),
        `store: ${sentinels.store.replace(' }', `, ${more} }`)}\ndoors: { HTTP: ${door} }\n`,
      );
    await write('knockgate.yaml', access);
    const config = ['--config', folder.file('knockgate.yaml')];
    const start = (role: string) => Knockgate.start([role, ...config], { host: lab.server, ready: /"ready: / });
    await using listener = await start('listen');
    await using gateway = await start('serve');
    const isOpen = async (host: string): Promise<boolean> =>
      (await curl(lab.host(host), `http://${lab.server.address}/`)).code === 0;
    await nmapKnock(lab.host('client'), lab.server.address, [6000, 7000, 8000]);
    await vi.waitFor(async () => expect(await isOpen('client')).toBe(true));

    await (await sentinels.master()).stop('SIGKILL');
    await gateway.waitForLog(/store unreachable/u);
    await Promise.all([listener, gateway].map((each) => each.waitForLog(/store ready/u, { timeoutMs: 30_000 })));
    await nmapKnock(lab.host('stranger'), lab.server.address, [6000, 7000, 8000]);
    await vi.waitFor(async () => expect(await isOpen('stranger')).toBe(true));

    const { stdout } = await Knockgate.run(['doctor', '--for', 'serve', ...config], { host: lab.server });
    expect(stdout).toMatch(/ok +redis: 3 of 3 Sentinels could replace the master mymaster/u);
    const [, cure] = /has no replica.*cure: (redis-cli .*?INFO replication)/u.exec(stdout) ?? [];
    expect(cure).toContain(`--tls --cacert ${folder.file('ca.pem')} --cert ${folder.file('own.pem')} --key`);
    // what it says to type, with the password that it asks for
    const typed = cure!.replace('--askpass', `--no-auth-warning --pass ${PASSWORD}`);
    expect((await lab.server.run('sh', ['-c', typed])).stdout).toMatch(/role:master/u);

    await write('no-password.yaml', access.replace('sentinel_password_file: sentinel-password, ', ''));
    const without = ['doctor', '--for', 'serve', '--config', folder.file('no-password.yaml')];
    const refused = await Knockgate.run(without, { host: lab.server });
    expect(refused.stdout).toMatch(
      /Sentinel 127\.0\.0\.1:\d+ would not help .*NOAUTH.*cure: redis-cli --tls --cacert/u,
    );
  }, 120_000);
});

describe('commands over a Cluster with TLS and a user of few rights', () => {
  it('do what they do over one server', async () => {
    await using folder = await TempDir.create('cluster');
    const tls = await certify(folder);
    const rights = '~knockgate:* &__redis__:invalidate +@connection +@read +@write +@scripting +subscribe +unsubscribe';
    await using cluster = await RedisCluster.start({ tls, settings: USER(`${rights} +info +time +cluster|slots`) });
    await writeFile(folder.file('password'), PASSWORD);
    const write = (files: string) => {
      const store = cluster.store.replace(' }', `, username: gate, password_file: password, tls: ${files} }`);
      const doors = ['HTTP', 'SSH', 'MAIL', 'NEWS'].map((name, i) => {
        return `${name}: { sequence: [600${i}, 700${i}], listen: 127.0.0.1:80${i}, upstream: sample }`;
      });
      return writeFile(folder.file('knockgate.yaml'), `store: ${store}\ndoors: { ${doors.join(', ')} }\n`);
    };
    const run = (...words: string[]) => Knockgate.run(words, { cwd: folder.path });

    await write('true');
    const distrusted = await run('grants');
    expect([distrusted.code, distrusted.stderr]).toEqual([
      1,
      expect.stringMatching(/127\.0\.0\.1:\d+: .*certificate/u),
    ]);
    await write('{ ca_file: ca.pem, cert_file: own.pem, key_file: own.key }');
    for (const door of ['HTTP', 'SSH', 'MAIL', 'NEWS'])
      expect(await run('grant', door, '192.0.2.7')).toMatchObject({ code: 0 });
    expect(await run('revoke', 'SSH', '192.0.2.7')).toMatchObject({ code: 0 });
    const { stdout } = await run('grants', 'ls', '--json');
    expect(stdout.match(/"door":"\w+"/gu)).toEqual(['HTTP', 'MAIL', 'NEWS'].map((door) => `"door":"${door}"`));
    const ports = cluster.nodes.slice(0, 3).map(({ port }) => `127.0.0.1:${port}`);
    const status = (await run('status')).stdout;
    expect(status).toMatch(/^store: Redis \S+ in a cluster, masters (?:127\.0\.0\.1:\d+, ){3}answers/mu);
    for (const port of ports) expect(status).toContain(port);
    expect((await run('events')).stdout.match(/OPEN SESAME|revoked/gu)).toHaveLength(5);
    const found = await run('doctor', '--for', 'listen', '--json');
    const { findings } = JSON.parse(found.stdout) as { findings: { topic: string; state: string; what: string }[] };
    const faults = findings.filter(({ topic, state }) => topic === 'redis' && state === 'fault');
    expect(faults.map(({ what }) => what).filter((what) => !what.includes('wants no password'))).toEqual([]);
    for (const port of ports) expect(findings.some(({ what }) => what.startsWith(`${port}: has 1 replica`))).toBe(true);
    expect(found.stdout).not.toContain(PASSWORD);
  });
});
