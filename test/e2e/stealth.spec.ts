import { writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { mustRun } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';

interface Result {
  readonly door: string;
  readonly hidden: boolean;
  readonly compared: readonly {
    readonly target: string;
    readonly probe: string;
    readonly verdict: { readonly kind: 'alike' | 'apart' | 'unsure'; readonly hidden: string; readonly empty: string };
  }[];
}

const CLOSED = /^RST\+ACK, ttl 64, window 0$/u;

describe('stealth', () => {
  let lab: NetLab;
  let folder: TempDir;
  let gateway: Knockgate | undefined;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['stranger'] });
  });
  afterAll(() => lab.stop());
  beforeEach(async () => {
    folder = await TempDir.create('stealth');
    await mustRun('chmod', ['a+rx', folder.path]);
  });
  afterEach(async () => {
    await gateway?.[Symbol.asyncDispose]();
    gateway = undefined;
    await folder.remove();
  });

  const file = (): string => folder.file('knockgate.yaml');
  const write = (hide: string): Promise<void> => {
    const { address } = lab.server;
    const config = `
store: memory
doors:
  HTTP: { sequence: '7341,16120,9853,21877', listen: ['0.0.0.0:80', '[::]:80'], upstream: sample, hide: ${hide} }
  HERE: { sequence: '7342,16121,9854,21878', listen: '${address}:8080', upstream: sample, hide: ${hide} }
  OWN: { sequence: '7343,16122,9855,21879', listen: '127.0.0.1:8081', upstream: sample, hide: ${hide} }
`;
    return writeFile(file(), config);
  };
  const serve = async (hide: string): Promise<void> => {
    await write(hide);
    gateway = await Knockgate.start(['up', '--config', file()], { host: lab.server, ready: /"ready: / });
  };
  const stealth = (host: string, ...args: string[]) =>
    Knockgate.run(['stealth', ...args, '--config', file()], { host: lab.host(host), timeoutMs: 60_000 });
  const asked = async (host: string, ...args: string[]) => {
    const { code, stdout, stderr } = await stealth(host, ...args, '--json');
    const { hidden, compared } = JSON.parse(stdout) as Result;
    const of = (kind: string) => compared.filter(({ verdict }) => verdict.kind === kind);
    return { code, stderr, hidden, compared, of };
  };
  const links = async (): Promise<string> => (await lab.server.run('ip', ['-br', 'link'])).stdout;

  it('closed: nothing tells it from an empty port, by IPv4 and IPv6, and no link is left', async () => {
    await serve('closed');
    const before = await links();
    const { code, stderr, hidden, compared, of } = await asked('server', 'HTTP');
    expect(of('apart')).toEqual([]);
    expect([code, hidden, of('unsure')]).toEqual([0, true, []]);
    expect(new Set(compared.map(({ target }) => target.includes(':')))).toEqual(new Set([false, true]));
    const closed = compared.filter(({ probe }) => ['SYN', 'SYN with data', 'FIN', 'Xmas'].includes(probe));
    for (const { verdict } of closed) expect(verdict.hidden).toMatch(CLOSED);
    expect(compared.filter(({ probe }) => probe === 'UDP').map(({ verdict }) => verdict.hidden)).toEqual([
      'ICMP unreachable (code 3), ttl 64',
      'ICMP unreachable (code 4), ttl 64',
    ]);
    expect(stderr).toMatch(/HTTP: not told apart by \d+ probes/u);
    expect(await links()).toBe(before);
  });

  it('closed, on one address, from a namespace and from another host', async () => {
    await serve('closed');
    expect(await asked('server', 'HERE')).toMatchObject({ code: 0, hidden: true });
    expect(await asked('stranger', 'HERE', '--target', lab.server.address)).toMatchObject({ code: 0, hidden: true });
    expect(await asked('stranger', 'HTTP', '--target', lab.server.address6)).toMatchObject({ code: 0, hidden: true });
  });

  it('reset: told apart, and by what', async () => {
    await serve('reset');
    const { code, hidden, of } = await asked('server', 'HTTP');
    expect([code, hidden]).toEqual([1, false]);
    const syn = of('apart').filter(({ probe }) => probe === 'SYN');
    expect(syn.map(({ verdict }) => verdict)).toEqual([
      expect.objectContaining({
        hidden: expect.stringMatching(/^SYN\+ACK, ttl 64/u) as string,
        empty: expect.stringMatching(CLOSED) as string,
      }),
      expect.objectContaining({ empty: expect.stringMatching(CLOSED) as string }),
    ]);
    const plain = await stealth('stranger', 'HTTP', '--target', lab.server.address);
    expect(plain.stdout).toMatch(/^apart {3}10\.77\.0\.1 SYN: hidden: SYN\+ACK, [^\n]*; empty: RST\+ACK/mu);
    expect(plain.stderr).toMatch(/HTTP: told apart by \d+ of 13 probes/u);
  });

  it('filtered: told apart, until a firewall drops the rest as well', async () => {
    await serve('filtered');
    expect((await asked('server', 'HERE')).of('apart')).not.toEqual([]);
    await lab.server.run('iptables', ['-P', 'INPUT', 'DROP']);
    const { code, stderr, of } = await asked('server', 'HERE');
    expect([code, of('apart')]).toEqual([0, []]);
    expect(stderr).toMatch(/none of 13 probes was answered/u);
    await lab.server.run('iptables', ['-P', 'INPUT', 'ACCEPT']);
  });

  it('leaves nothing behind when it is killed', async () => {
    await serve('reset');
    const before = await links();
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const [node, ...words] = Knockgate.command(['stealth', 'HTTP', '--config', file()]);
      await using running = lab.server.spawn(node, words);
      await expect.poll(links, { timeout: 20_000 }).toContain(`kgs${running.pid}`);
      await running.stop(signal);
      await expect.poll(links, { timeout: 20_000 }).toBe(before);
    }
  });

  it.each([
    ['a door of loopback', 1, ['OWN'], /^knockgate: door OWN listens where only this host comes/mu],
    ['no such door', 2, ['NOPE'], /^knockgate: no door NOPE/mu],
    ['no address', 2, ['HTTP', '--target', 'example.org'], /^knockgate: --target: no IP address: example\.org$/mu],
  ])('%s: exit %i, one line', async (_what, code, args, line) => {
    await write('reset');
    const refused = await stealth('server', ...args);
    expect([refused.code, refused.stdout]).toEqual([code, '']);
    expect(refused.stderr).toMatch(line);
  });

  it('says what it wants, without rights', async () => {
    await write('reset');
    await mustRun('chmod', ['a+r', file()]);
    const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const command = (...more: string[]) =>
      lab.server.run('setpriv', [...nobody, ...Knockgate.command(['stealth', 'HTTP', '--config', file(), ...more])]);
    expect(await command()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/knockgate: no network namespace to look from: .*run it as root/u) as string,
    });
    expect(await command('--target', '127.0.0.1')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/knockgate: no right to raw sockets \(CAP_NET_RAW\)/u) as string,
    });
  });
});
