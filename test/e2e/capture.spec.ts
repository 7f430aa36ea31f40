import { existsSync, statSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../lab/host.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { TempDir } from '../lab/temp-dir.js';
import { sendTagged } from './tagged-frames.fixture.js';
import { curl, nmapKnock, tempFile } from './recipe.fixture.js';

const MAIN = fileURLToPath(new URL('../../dist/apps/cli/main.js', import.meta.url));
const WITHOUT_RING = fileURLToPath(new URL('../lab/without-ring.py', import.meta.url));
const KNOCK = [6000, 7000, 8000, 9000];
const TIMEOUT = { timeoutMs: 30_000 };

describe('capture', () => {
  let lab: NetLab;
  let files: Awaited<ReturnType<typeof tempFile>>[];
  beforeEach(async () => {
    lab = await NetLab.create();
    files = [];
  });
  afterEach(async () => {
    await lab.stop();
    for (const file of files) await file.remove();
  });

  const server = () => lab.server;
  const client = () => lab.host('client');
  const start = async (options: string, { door = '', wrap = [] as string[] } = {}): Promise<Knockgate> => {
    const config = await tempFile(
      'knockgate.yaml',
      `
store: memory
log_level: debug
${options}
doors:
  HTTP: { sequence: '6000,7000,8000,9000', listen: ['0.0.0.0:80', '[::]:80'], upstream: sample${door} }
  MIXED: { sequence: '5001,5002:udp,5003,5004:udp,5005', listen: '0.0.0.0:81', upstream: sample }
`,
    );
    files.push(config);
    return Knockgate.start(['up', '--config', config.path], { host: server(), ready: /"ready: /, wrap });
  };
  const must = async (host: Host, line: string): Promise<void> => {
    const { code, stderr } = await host.run('sh', ['-ec', line]);
    if (code !== 0) throw new Error(`${line}: ${stderr}`);
  };
  const opened = (knockgate: Knockgate, ip: string) =>
    knockgate.waitForLog(new RegExp(`^${ip}: HTTP: OPEN SESAME`, 'u'), TIMEOUT);
  const hearing = async (knockgate: Knockgate) => (await knockgate.waitForLog(/listening on/)).msg;
  const count = (knockgate: Knockgate, event: string) =>
    knockgate.events.filter((one) => one['event'] === event).length;

  const RECIPE = `
for tables in iptables ip6tables; do
  $tables -A INPUT -i lo -j ACCEPT
  $tables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
  $tables -A INPUT -p ipv6-icmp -j ACCEPT
  $tables -A INPUT -p tcp --dport 80 -j ACCEPT
  $tables -P INPUT DROP
done`;

  it.each(['packet', 'auto'])(
    '%s: hears knocks that the recipe’s firewall drops, and the page is served',
    async (capture) => {
      await must(server(), RECIPE);
      await using knockgate = await start(`capture: ${capture}`);
      expect(await hearing(knockgate)).toContain('capture: packet');
      for (const target of [server().address, server().address6]) await nmapKnock(client(), target, KNOCK);
      await opened(knockgate, client().address);
      await opened(knockgate, client().address6);
      expect((await curl(client(), `http://${server().address}/`)).body).toContain('You knocked');
      // heard on the bridge's port and on the bridge, counted once
      expect(count(knockgate, 'stage')).toBe(2 * KNOCK.length);
      await knockgate.stop();
    },
  );

  it('raw: says that this firewall makes it deaf', async () => {
    await must(server(), RECIPE);
    await using knockgate = await start('capture: raw');
    expect((await knockgate.waitForLog(/INPUT chain drops knock ports/)).msg).toContain('capture: packet');
    await knockgate.stop();
  });

  it.each([
    ['no rules', ':', 'raw'],
    [
      'the knock ports accepted',
      `${RECIPE}\nfor tables in iptables ip6tables; do for protocol in tcp udp; do $tables -I INPUT -p $protocol --dport 5001:9000 -j ACCEPT; done; done`,
      'raw',
    ],
    [
      'drop by nft',
      "nft 'add table inet fw; add chain inet fw in { type filter hook input priority 0; policy drop; }'",
      'packet',
    ],
  ])('auto: %s', async (_name, firewall, expected) => {
    await must(server(), firewall);
    await using knockgate = await start('capture: auto');
    expect(await hearing(knockgate)).toContain(`capture: ${expected}, as the INPUT chain`);
    await nmapKnock(client(), server().address, KNOCK);
    await opened(knockgate, client().address);
    await knockgate.stop();
  });

  it('802.1Q: a frame with a priority is heard, one of a VLAN is not the parent device’s to hear', async () => {
    await using knockgate = await start('capture: packet');
    await sendTagged(
      client(),
      server(),
      KNOCK.map((port) => ({ port, vlan: 10 })),
    );
    await sendTagged(
      lab.host('stranger'),
      server(),
      KNOCK.map((port) => ({ port, vlan: 0 })),
    );
    await opened(knockgate, lab.host('stranger').address);
    expect(count(knockgate, 'stage')).toBe(KNOCK.length);
    await knockgate.stop();
  });

  it('loopback: each knock is heard once', async () => {
    await using knockgate = await start('capture: packet');
    for (const target of ['127.0.0.1', '::1']) {
      await nmapKnock(server(), target, KNOCK);
      await opened(knockgate, target);
    }
    expect(count(knockgate, 'stage')).toBe(2 * KNOCK.length);
    await knockgate.stop();
  });

  it('keeps the order of TCP and UDP knocks without a pause between', async () => {
    await using knockgate = await start('capture: packet');
    await client().run('knock', [server().address, '5001:tcp', '5002:udp', '5003:tcp', '5004:udp', '5005:tcp']);
    await knockgate.waitForLog(/MIXED: OPEN SESAME/, TIMEOUT);
    await knockgate.stop();
  });

  it.each(['packet', 'raw'])(
    '%s: an interface down, deleted, made anew with another address: heard again',
    async (capture) => {
      const make = (address: string) =>
        must(
          server(),
          `ip link add v0 type veth peer name v1; ip link set v1 netns ${client().netns}; ip addr add ${address}/24 dev v0; ip link set v0 up; ip -n ${client().netns} addr add 10.20.0.9/24 dev v1; ip -n ${client().netns} addr add 10.30.0.9/24 dev v1; ip -n ${client().netns} link set v1 up`,
        );
      await make('10.20.0.1');
      await using directory = await TempDir.create('health');
      const health = directory.file('health');
      await using knockgate = await start(`capture: ${capture}\ninterface: v0\nhealth_file: ${health}`);
      await nmapKnock(client(), '10.20.0.1', KNOCK);
      await opened(knockgate, '10.20.0.9');
      await expect.poll(() => existsSync(health), { timeout: 30_000 }).toBe(true);

      await must(server(), 'ip link set v0 down');
      await knockgate.waitForLog(/deaf: v0/, TIMEOUT);
      const touched = statSync(health).mtimeMs;
      await nmapKnock(lab.host('stranger'), server().address, KNOCK); // not by v0
      const { lineCount: before } = knockgate.program;
      await knockgate.waitForLog(/listener: gauges/, { ...TIMEOUT, after: before }); // seconds later, most often
      await must(server(), 'ip link del v0');
      expect(statSync(health).mtimeMs).toBe(touched);

      const { lineCount } = knockgate.program;
      await make('10.30.0.1');
      await knockgate.waitForLog(/hearing again/, { ...TIMEOUT, after: lineCount });
      await nmapKnock(client(), '10.30.0.1', KNOCK);
      await opened(knockgate, '10.30.0.9');
      expect(count(knockgate, 'deaf')).toBe(1);
      expect(count(knockgate, 'opened')).toBe(2);
      await knockgate.stop();
    },
  );

  it.each(['address', 'address6'] as const)('target: only knocks at this address count: %s', async (which) => {
    const [other, target] = which === 'address' ? ['10.77.0.99', server().address] : ['fd77::99', server().address6];
    await must(
      server(),
      `ip addr add ${other}/${which === 'address' ? 24 : 64} dev br0 ${which === 'address' ? '' : 'nodad'}`,
    );
    await using knockgate = await start('capture: auto', { door: `, target: '${target}'` });
    await nmapKnock(lab.host('stranger'), other, KNOCK);
    for (const port of KNOCK) await nmapKnock(client(), target, [port]).then(() => nmapKnock(client(), other, [port]));
    await opened(knockgate, client()[which]);
    expect(knockgate.events.filter(({ ip }) => ip === lab.host('stranger')[which])).toEqual([]);
    await knockgate.stop();
  });

  it('target: refuses an IPv6 one with raw', async () => {
    const config = await tempFile(
      'knockgate.yaml',
      `{ store: memory, capture: raw, doors: { HTTP: { sequence: '6000,7000', target: 'fd77::1', listen: 80, upstream: sample } } }`,
    );
    files.push(config);
    const { code, stderr } = await Knockgate.run(['up', '--config', config.path], { host: server() });
    expect(code).toBe(2);
    expect(stderr.trim()).toMatch(/^.*HTTP: target: .*write capture: packet.*$/u);
  });

  it('interface: one that does not exist is refused in one line', async () => {
    const config = await tempFile(
      'knockgate.yaml',
      `{ store: memory, interface: nope0, doors: { HTTP: { sequence: '6000,7000', listen: 80, upstream: sample } } }`,
    );
    files.push(config);
    const { code, stderr } = await Knockgate.run(['up', '--config', config.path], { host: server() });
    expect(code).toBe(2);
    expect(stderr.trim()).toMatch(/^[^\n]*knockgate\.yaml:1: interface: names a network interface [^\n]*$/u);
  });

  it('SIGHUP in the middle of a knock: the socket takes the new filter, and the knock goes on', async () => {
    await using knockgate = await start('capture: packet');
    await nmapKnock(client(), server().address, KNOCK.slice(0, 2));
    await knockgate.waitForLog(/HTTP: Stage 2/, TIMEOUT);
    const text = await readFile(files[0]!.path, 'utf8');
    await writeFile(files[0]!.path, text.replace('capture:', 'ignore_ports: [443]\ncapture:'));
    knockgate.program.signal('SIGHUP');
    await knockgate.waitForLog(/config re-read/, TIMEOUT);
    await nmapKnock(client(), server().address, KNOCK.slice(2));
    await opened(knockgate, client().address);
    await knockgate.stop();
  });

  it('a flood at a port that the filter skips costs nothing, and a knock still opens', async () => {
    await using knockgate = await start('capture: packet');
    const flood = lab
      .host('stranger')
      .spawn('hping3', ['-q', '-i', 'u20', '-c', '100000', '-S', '-p', '443', server().address]);
    await nmapKnock(client(), server().address, KNOCK);
    await opened(knockgate, client().address);
    await flood.stop();
    expect(knockgate.events.filter(({ ip }) => ip === lab.host('stranger').address)).toEqual([]);
    await knockgate.stop();
  });

  it('works with CAP_NET_RAW alone, as any user, and ends by SIGTERM while it waits', async () => {
    const config = await tempFile(
      'knockgate.yaml',
      `{ store: memory, capture: packet, doors: { HTTP: { sequence: '6000,7000,8000,9000', listen: '0.0.0.0:8080', upstream: sample } } }`,
    );
    files.push(config);
    await server().run('chmod', ['-R', 'a+rX', dirname(config.path)]);
    const rights = [
      '--reuid',
      '65534',
      '--regid',
      '65534',
      '--clear-groups',
      '--inh-caps=-all,+net_raw',
      '--ambient-caps=-all,+net_raw',
    ];
    const node = [process.execPath, MAIN, 'listen', '--config', config.path];
    await using listener = server().spawn('setpriv', [...rights, '--', ...node]);
    await listener.waitForLine(/"ready: |ready/, 30_000);
    await nmapKnock(client(), server().address, KNOCK);
    await listener.waitForLine(/OPEN SESAME/, 30_000);
    expect(await listener.stop()).toBe(0);
  });

  it('counts what it loses while it is stopped, and hears on', async () => {
    await using knockgate = await start('capture: packet');
    knockgate.program.signal('SIGSTOP');
    // Bounded, and far more than the receive buffer holds.
    const flood = ['-q', '-i', 'u1', '-c', '150000', '-S', '-p', '6000', server().address];
    await lab.host('stranger').run('hping3', flood, { timeoutMs: 60_000 });
    knockgate.program.signal('SIGCONT');
    await knockgate.waitForLog((event) => event['event'] === 'packets_dropped', TIMEOUT);
    await nmapKnock(client(), server().address, KNOCK);
    await opened(knockgate, client().address);
    await knockgate.stop();
  });

  it('without a ring for packets: says so in one line, and hears all the same, also that it lost some', async () => {
    await using knockgate = await start('capture: packet', { wrap: ['python3', WITHOUT_RING] });
    expect(knockgate.events.filter(({ event }) => event === 'capture_slow')).toMatchObject([
      { msg: expect.stringContaining('ENOPROTOOPT') },
    ]);
    for (const target of [server().address, server().address6]) await nmapKnock(client(), target, KNOCK);
    await opened(knockgate, client().address);
    await opened(knockgate, client().address6);
    knockgate.program.signal('SIGSTOP');
    const flood = ['-q', '-i', 'u1', '-c', '150000', '-S', '-p', '6000', server().address];
    await lab.host('stranger').run('hping3', flood, { timeoutMs: 60_000 });
    knockgate.program.signal('SIGCONT');
    await knockgate.waitForLog((event) => event['event'] === 'packets_dropped', TIMEOUT);
    await knockgate.stop();
  });

  it('packets to another host, seen because the interface is promiscuous, do not count', async () => {
    await must(server(), 'ip link set br0 promisc on');
    await must(client(), `ip neigh replace ${server().address} lladdr 02:00:00:00:00:99 dev eth0 nud permanent`);
    await using knockgate = await start('capture: packet');
    await nmapKnock(client(), server().address, KNOCK);
    await nmapKnock(lab.host('stranger'), server().address, KNOCK);
    await opened(knockgate, lab.host('stranger').address);
    expect(knockgate.events.filter(({ ip }) => ip === client().address)).toEqual([]);
    await knockgate.stop();
  });
});
