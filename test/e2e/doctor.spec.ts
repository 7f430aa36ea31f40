import { writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { mustRun, type RunOptions } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';

const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
const SEQUENCE = '7341,16120,9853,21877';

interface Finding {
  readonly topic: string;
  readonly state: 'ok' | 'warning' | 'fault' | 'skipped';
  readonly what: string;
  readonly cure?: string;
}

describe('doctor', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let folder: TempDir;
  beforeAll(async () => {
    lab = await NetLab.create();
  });
  afterAll(() => lab.stop());
  beforeEach(async () => {
    redis = await RedisServer.start({ host: lab.server });
    await redis.cli('CONFIG', 'SET', 'appendonly', 'yes');
    folder = await TempDir.create('doctor');
    await writeFile(folder.file('sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    await mustRun('chmod', ['-R', 'a+rX', folder.path]);
  });
  afterEach(async () => {
    await redis.stop();
    await folder.remove();
  });

  const file = (): string => folder.file('knockgate.yaml');
  /** One door of that kind, and what stands above. */
  const write = (top: Readonly<Record<string, string>> = {}, door: object = {}): Promise<void> => {
    const doors = { HTTP: { sequence: SEQUENCE, listen: '0.0.0.0:80', upstream: 'sample', ...door } };
    const fields = { store: redis.url, ...top };
    const lines = Object.entries(fields).map(([key, value]) => `${key}: ${value}\n`);
    return writeFile(file(), `${lines.join('')}doors: ${JSON.stringify(doors)}\n`);
  };
  const run = (args: readonly string[], { wrap = [], ...options }: RunOptions & { wrap?: readonly string[] } = {}) => {
    const [program, ...words] = [...wrap, ...Knockgate.command(args)] as [string, ...string[]];
    return lab.server.run(program, words, options);
  };
  /** What it finds, as JSON says it. */
  const doctor = async (args: readonly string[] = [], wrap: readonly string[] = []) => {
    const { code, stdout, stderr } = await run(['doctor', '--config', file(), '--json', ...args], { wrap });
    expect(stderr).toBe('');
    const { healthy, findings } = JSON.parse(stdout) as { healthy: boolean; findings: Finding[] };
    const wrong = findings.filter(({ state }) => state === 'fault' || state === 'warning');
    const about = (topic: string) => findings.filter((each) => each.topic === topic);
    return { code, healthy, findings, wrong: wrong.filter(({ topic }) => topic !== 'clock'), about };
  };
  const shell = async (line: string): Promise<string> => {
    const env = { PATH: `${folder.path}:${process.env['PATH']}:/usr/sbin:/sbin` };
    const { code, stdout, stderr } = await lab.server.run('bash', ['-ec', line], { env });
    if (code !== 0) throw new Error(`${line}: ${stderr}`);
    return stdout;
  };
  const finding = (topic: string, state: Finding['state'], what: RegExp) =>
    expect.objectContaining({ topic, state, what: expect.stringMatching(what) as string }) as Finding;

  it('finds nothing wrong where nothing is, and changes nothing', async () => {
    await write();
    const look = () =>
      shell(
        `iptables-save | grep -v '^#' | sed 's/\\[.*\\]//'; nft list ruleset; ss -Hltn; ip address; ls ${folder.path}`,
      );
    // As JSON: the plain answer is in no order, and may end in an empty value.
    const redisConfig = async () => JSON.parse(await redis.cli('--json', 'CONFIG', 'GET', '*')) as object;
    const before = [await look(), await redis.cli('DBSIZE'), await redisConfig()];
    const { code, healthy, wrong, findings } = await doctor();
    expect([wrong, code, healthy]).toEqual([[], 0, true]);
    for (const topic of [
      'config',
      'rights',
      'hiding',
      'capture',
      'buffer',
      'ports',
      'docker',
      'redis',
      'upstream',
      'files',
    ]) {
      expect(findings.filter((each) => each.topic === topic && each.state === 'ok')).not.toEqual([]);
    }
    expect([await look(), await redis.cli('DBSIZE'), await redisConfig()]).toEqual(before);
  });

  it('prints a line each, where no terminal shows it', async () => {
    await write({}, { upstream: 'http://127.0.0.1:8081' });
    const { code, stdout, stderr } = await run(['doctor', '--config', file()]);
    expect(code).toBe(1);
    for (const line of stdout.trimEnd().split('\n')) expect(line).toMatch(/^(?:ok {5}|warning|fault {2}) [a-z]+: /u);
    expect(stdout).toMatch(/^fault {3}upstream: door HTTP: .* does not answer: ECONNREFUSED; cure: curl -v http/mu);
    expect(stderr).toMatch(/^1 fault, \d warnings?/u);
  });

  describe('Redis', () => {
    it.each([
      [
        'evicts when full',
        'CONFIG SET maxmemory 100mb maxmemory-policy volatile-ttl',
        'fault',
        /volatile-ttl may evict/u,
      ],
      ['evicts any', 'CONFIG SET maxmemory 100mb maxmemory-policy allkeys-lru', 'fault', /allkeys-lru may evict/u],
      ['would evict', 'CONFIG SET maxmemory-policy allkeys-lru', 'warning', /may evict grants, once maxmemory is set/u],
      ['keeps nothing', 'CONFIG SET appendonly no', 'warning', /keeps nothing on disk/u],
      ['is open to all', 'CONFIG SET bind *', 'fault', /wants no password and listens to the world/u],
    ] as const)('%s: its cure helps', async (_what, line, state, what) => {
      await redis.cli(...line.split(' '));
      await write();
      const ill = await doctor();
      expect([ill.wrong, ill.code]).toEqual([[finding('redis', state, what)], state === 'fault' ? 1 : 0]);
      await shell(ill.wrong[0]!.cure!);
      expect((await doctor()).wrong).toEqual([]);
    });

    it('a user with too few rights: its cure gives those that are needed', async () => {
      await redis.cli('ACL', 'SETUSER', 'gate', 'on', '>hunter2', '+@connection', '+@scripting', '+info', '~other:*');
      await write({ store: redis.url.replace('//', '//gate:hunter2@') });
      const ill = await doctor();
      expect(ill.wrong).toEqual([
        finding('redis', 'fault', /cannot be followed: .*NOPERM/u),
        finding('redis', 'fault', /user gate may not run .*EVALSHA/u),
      ]);
      expect(JSON.stringify(ill.findings)).not.toContain('hunter2');
      await shell(ill.wrong[0]!.cure!);
      expect((await doctor()).wrong).toEqual([]);
      // and with those it works: a grant, a look, an end
      for (const words of [['grant', 'HTTP', '192.0.2.7'], ['grants'], ['revoke', 'HTTP', '192.0.2.7']]) {
        expect(await run([...words, '--config', file()])).toMatchObject({ code: 0 });
      }
      await redis.cli('ACL', 'SETUSER', 'gate', '-hset');
      expect((await doctor()).wrong).toEqual([finding('redis', 'fault', /user gate may not run HSET on/u)]);
      await redis.cli('ACL', 'SETUSER', 'gate', '+hset', '-zrangebyscore', '-hlen');
      expect((await doctor()).wrong).toEqual([]);
      await write({ store: redis.url.replace('//', '//gate:hunter2@'), attempts: 'shared' });
      expect((await doctor()).wrong).toEqual([
        finding('redis', 'fault', /user gate may not run HLEN, ZRANGEBYSCORE on/u),
      ]);
    });

    it.each([
      ['no password where one is wanted', '', /cannot be used: NOAUTH/u],
      ['a wrong one', ':hunter2@', /cannot be used: .*WRONGPASS/u],
    ])('%s', async (_what, credentials, what) => {
      await redis.cli('CONFIG', 'SET', 'requirepass', 'sesame');
      await write({ store: redis.url.replace('//', `//${credentials}`) });
      const { wrong, findings } = await doctor();
      expect(wrong).toEqual([finding('redis', 'fault', what)]);
      expect(JSON.stringify(findings)).not.toContain('hunter2');
    });

    it('a password that fits', async () => {
      await redis.cli('CONFIG', 'SET', 'requirepass', 'sesame', 'bind', '*');
      await write({ store: redis.url.replace('//', '//:sesame@') });
      const { wrong, about } = await doctor();
      expect(wrong).toEqual([]);
      expect(about('redis')).toContainEqual(finding('redis', 'ok', /wants a password/u));
    });

    it('a replica takes no grant', async () => {
      await redis.cli('REPLICAOF', '127.0.0.1', '1');
      await write();
      expect((await doctor()).wrong).toContainEqual(finding('redis', 'fault', /it is a replica/u));
    });

    it('away, hanging, or none at all', async () => {
      await write();
      redis.pause();
      expect((await doctor()).wrong).toEqual([finding('redis', 'fault', /cannot be used: /u)]);
      redis.resume();
      await redis.stop();
      expect((await doctor()).wrong).toEqual([finding('redis', 'fault', /cannot be used: .*ECONNREFUSED/u)]);
      await write({ store: 'memory' });
      expect((await doctor()).about('redis')).toEqual([finding('redis', 'skipped', /store: memory/u)]);
      expect((await doctor(['--for', 'serve'])).wrong).toEqual([
        finding('redis', 'fault', /store: memory: what serve/u),
      ]);
    });
  });

  describe('firewall', () => {
    afterEach(() =>
      shell('for tables in iptables ip6tables; do $tables -P INPUT ACCEPT; $tables -F; $tables -t nat -F; done'),
    );

    it('INPUT drops the knock ports: raw is deaf, and its cure helps', async () => {
      await shell('iptables -A INPUT -i lo -j ACCEPT; iptables -P INPUT DROP');
      await write({ capture: 'raw' });
      const ill = await doctor();
      expect(ill.wrong).toEqual([finding('capture', 'fault', /raw is deaf/u)]);
      await shell(ill.wrong[0]!.cure!);
      const cured = await doctor();
      expect([cured.wrong, cured.about('capture')]).toEqual([
        [],
        expect.arrayContaining([finding('capture', 'ok', /^mode packet$/u)]),
      ]);
    });

    it('a port of a door, or of a knock, that is forwarded to a container', async () => {
      const forward = (port: number): string =>
        `iptables -t nat -A PREROUTING -p tcp -m tcp --dport ${port} -j DNAT --to-destination 172.17.0.2:80`;
      await shell(`${forward(80)}; ${forward(16_120)}`);
      await write();
      const { wrong, findings } = await doctor();
      expect(wrong).toEqual([
        finding('docker', 'fault', /door HTTP: port 80 is forwarded to 172\.17\.0\.2:80: /u),
        finding('docker', 'warning', /door HTTP: a knock port is forwarded/u),
      ]);
      for (const port of SEQUENCE.split(',')) expect(JSON.stringify(findings)).not.toContain(port);
    });

    it('an upstream that others reach is told of, unless the firewall keeps them out', async () => {
      const serve = `require('node:http').createServer((_, answer) => answer.end('x')).listen(8081, '0.0.0.0', () => console.log('serves'))`;
      await using upstream = lab.server.spawn(process.execPath, ['-e', serve]);
      await upstream.waitForLine(/serves/u);
      await write({}, { upstream: 'http://127.0.0.1:8081' });
      const { wrong, about } = await doctor();
      expect(wrong).toEqual([finding('upstream', 'warning', /listens on 0\.0\.0\.0 too/u)]);
      expect(about('upstream')).toContainEqual(finding('upstream', 'ok', /answers \(status 200\)/u));
      await shell('iptables -A INPUT -p tcp --dport 8081 ! -i lo -j DROP');
      expect((await doctor()).wrong).toEqual([]);
    });
  });

  describe('ports', () => {
    it('taken by another', async () => {
      await using nc = lab.server.spawn('nc', ['-l', '-k', '-v', '-n', '0.0.0.0', '80']);
      await nc.waitForLine(/Listening/u);
      await write();
      const { wrong } = await doctor();
      expect(wrong).toEqual([
        finding('ports', 'fault', new RegExp(`0\\.0\\.0\\.0:80: taken by nc, process ${nc.pid}`, 'u')),
      ]);
      const unknown = await doctor(['--for', 'serve'], NOBODY);
      expect(unknown.about('ports')).toEqual([finding('ports', 'warning', /who it is only root can see/u)]);
    });

    it('which this host does not have, or this user may not take', async () => {
      await write({}, { listen: '192.0.2.1:80' });
      expect((await doctor()).wrong).toEqual([finding('ports', 'fault', /no such address/u)]);
      await write();
      const { about } = await doctor(['--for', 'serve'], ['setpriv', '--bounding-set=-all,+setuid,+setgid']);
      expect(about('ports')).toEqual([finding('ports', 'fault', /below 1024 wants root or CAP_NET_BIND_SERVICE/u)]);
    });

    it.each(['reset', 'closed'])('served by a knockgate that goes on, hide: %s', async (hide) => {
      await write({}, { hide });
      await using running = await Knockgate.start(['up', '--config', file()], { host: lab.server, ready: /"ready: / });
      const { wrong, about } = await doctor();
      expect(wrong).toEqual([]);
      const what = hide === 'reset' ? `served by knockgate \\(.*process ${running.program.pid}` : 'free';
      expect(about('ports')).toEqual([finding('ports', 'ok', new RegExp(what, 'u'))]);
      await run(['grant', 'HTTP', lab.host('client').address, '--config', file()]);
      const page = async () => (await lab.host('client').run('curl', ['-s', `http://${lab.server.address}/`])).stdout;
      await expect.poll(page).toContain('You knocked');
      await running.stop();
    });
  });

  it('of a user without rights: what would not start, and what cannot be seen', async () => {
    await write();
    const { code, wrong, findings } = await doctor([], NOBODY);
    expect(code).toBe(1);
    expect(wrong).toContainEqual(finding('rights', 'fault', /CAP_NET_RAW: .*EPERM/u));
    expect(wrong).toContainEqual(finding('rights', 'warning', /CAP_BPF is missing/u));
    expect(wrong).toContainEqual(finding('hiding', 'warning', /door HTTP: reset: /u));
    expect(findings).toContainEqual(finding('docker', 'skipped', /iptables-save/u));
    expect(findings).toContainEqual(finding('files', 'skipped', /only root/u));
    await write({}, { hide: 'closed' });
    expect((await doctor([], NOBODY)).wrong).toContainEqual(
      finding('hiding', 'fault', /hide: closed cannot be had: .*EPERM/u),
    );
    const listens = await doctor(['--for', 'listen'], NOBODY);
    expect(listens.findings.filter(({ topic }) => ['hiding', 'ports', 'upstream'].includes(topic))).toEqual([]);
  });

  it('files and users that are not there, each with its cure', async () => {
    await write({ logfile: folder.file('logs/knockgate.log'), user: 'nosuchuser' });
    const ill = await doctor();
    expect(ill.wrong).toEqual([
      finding('files', 'fault', /logfile: its folder .* is not there/u),
      finding('files', 'fault', /no user nosuchuser/u),
    ]);
    await shell(ill.wrong[0]!.cure!);
    await write({ logfile: folder.file('logs/knockgate.log') });
    const [kept, ...others] = (await doctor()).wrong;
    expect([kept, others]).toEqual([finding('files', 'warning', /up keeps root's rights, as logfile/u), []]);
  });

  it('a config that is wrong, and a command that is: exit 2', async () => {
    await writeFile(file(), 'store: memory\ndoors: { HTTP: { sequence: "7000", listen: 80, hide: away } }\n');
    const { code, findings } = await doctor();
    expect(code).toBe(2);
    expect(findings[0]).toEqual(finding('config', 'fault', /knockgate\.yaml:2: /u));
    expect(findings.at(-1)).toEqual(finding('config', 'skipped', /once the config is right/u));
    expect((await run(['doctor', '--for', 'nothing'])).code).toBe(2);
    expect((await run(['doctor', '--config', folder.file('none.yaml')])).code).toBe(2);
  });
});
