import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed, vi } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import type { Program } from '../lab/program.js';
import { mustRun } from '../lab/run.js';
import { ComposeStack, type Ports, type Service, SERVICES } from './compose-stack.js';
import { type Compose, dockerEngine, root } from './docker-engine.js';
import { Neighbour } from './neighbour.js';

const UP_TIMEOUT_MS = 330_000;
const PAGE = '<h1>You knocked, and nginx answered.</h1>';
/** curl: refused (closed), no answer (filtered), or reset: what an IP without a grant may see of the port. */
const SHUT = [7, 28, 56];
/** Bits of capabilities(7). */
const NET_RAW = 1n << 13n;
/** Asks for the page, keeps the connection, and says when that ends. */
const KEEP_ALIVE = `
  const socket = require('node:net').connect(process.argv[2], process.argv[1], () => {
    socket.write('GET / HTTP/1.1\\r\\nHost: lab\\r\\n\\r\\n');
  });
  socket.on('data', (data) => console.log(String(data)));
  socket.on('error', () => {});
  socket.on('close', () => console.log('connection ended'));
`;

const grantKey = (ip: string): string => `knockgate:{HTTP}:grant:${ip}`;

const engine = await dockerEngine();
const absent: Compose = { name: 'docker compose', command: ['docker', 'compose'], bpf: 'BPF' };
const composes = engine.kind === 'ready' ? engine.composes : [absent];
const unless = engine.kind === 'ready' ? '' : ` (not run: ${engine.reason})`;

describe.skipIf(engine.kind === 'none').each(composes)(`docker-compose.yml, by $name${unless}`, (compose) => {
  let neighbour: Neighbour;
  let stack: ComposeStack;
  let ports: Ports;
  const started: AsyncDisposable[] = [];

  beforeAll(async () => {
    neighbour = await Neighbour.create();
    started.push(neighbour);
    stack = await ComposeStack.up(compose, `knockgate-test-${process.pid}`);
    started.push(stack);
    ({ ports } = stack);
  }, UP_TIMEOUT_MS);

  afterAll(async () => {
    for (const each of started.toReversed()) await each[Symbol.asyncDispose]();
  });

  beforeEach(() => {
    onTestFailed(async () => void process.stderr.write(await stack.logs()));
  });

  const url = (address = neighbour.machine.address): string => `http://${address}:${ports.door}/`;

  async function expectShut(address = neighbour.machine.address): Promise<void> {
    const { code, stdout } = await neighbour.host.run('curl', ['-gs', '--max-time', '3', url(address)]);
    expect(stdout).toBe('');
    expect(SHUT).toContain(code);
  }

  async function expectOpen(address = neighbour.machine.address): Promise<void> {
    const { stdout } = await neighbour.host.run('curl', ['-gs', '--max-time', '10', url(address)]);
    expect(stdout).toContain(PAGE);
  }

  /** Knocks with the config's own sequence until the page is there. */
  async function knock(address: string, at = url(address)): Promise<void> {
    const args = ['knock', address, '--config', stack.config, '--wait', at];
    expect(await Knockgate.run(args, { host: neighbour.host })).toMatchObject({ code: 0 });
  }

  /** A connection with a request behind it, which stays open. */
  async function liveConnection(port = ports.door): Promise<Program> {
    const args = ['-e', KEEP_ALIVE, neighbour.machine.address, String(port)];
    const connection = neighbour.host.spawn(process.execPath, args);
    await connection.waitForLine(/You knocked, and nginx answered/u);
    return connection;
  }

  /** What the threads of a service may do, as proc(5) has it: each value that there is among them. */
  async function rights(service: Service): Promise<Record<string, unknown>> {
    const text = await stack.exec(service, 'sh', '-c', 'cat /proc/1/task/*/status');
    const values = (field: string): string[] => {
      const lines = [...text.matchAll(new RegExp(`^${field}:\\s+(.*)$`, 'gmu'))];
      return [...new Set(lines.flatMap(([, words]) => words!.split(/\s+/u)))];
    };
    const capabilities = ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'].flatMap(values).map((set) => BigInt(`0x${set}`));
    return {
      uid: values('Uid').join(' '),
      gid: values('Gid').join(' '),
      noNewPrivileges: values('NoNewPrivs').join(' '),
      capabilities: [...new Set(capabilities)],
    };
  }

  it.each([
    ['listener', /^1000$/u, NET_RAW],
    ['gateway', /^1000$/u, 0n],
    ['console', /^1000$/u, 0n],
    ['nginx', /^101$/u, 0n],
    ['redis', /^[1-9]\d*$/u, 0n],
  ] as const)('gives %s no right but what it needs', async (service, id, capabilities) => {
    const [uid, gid] = [expect.stringMatching(id), expect.stringMatching(id)];
    expect(await rights(service)).toEqual({ uid, gid, noNewPrivileges: '1', capabilities: [capabilities] });
    expect(await stack.inspect(service, '.HostConfig.CapDrop')).toEqual(['ALL']);
    expect(await stack.inspect(service, '.HostConfig.ReadonlyRootfs')).toBe(true);
    expect(await stack.inspect(service, '.HostConfig.Privileged')).toBe(false);
    expect(await stack.inspect(service, '.HostConfig.RestartPolicy.Name')).toBe('unless-stopped');
    await expect(stack.exec(service, 'touch', '/written')).rejects.toThrow(/Read-only file system/u);
  });

  it('says why a knock did not open, asked in the container', async () => {
    const { address } = neighbour.host;
    await Knockgate.run(['knock', neighbour.machine.address, '7341', '9853'], { host: neighbour.host });
    const answer = await vi.waitFor(() => stack.exec('listener', 'knockgate', 'why', address, 'HTTP'), {
      timeout: 10_000,
    });
    expect(answer).toMatch(/9853\/tcp +6120\/tcp +wrong port: voided, at step 1 of 4/u);
    await expect(stack.exec('gateway', 'knockgate', 'why', address)).rejects.toThrow(/no listener runs here/u);
  });

  it('keeps the page and Redis on loopback, and publishes nothing', async () => {
    for (const port of [ports.page, ports.proxied, ports.redis, ports.console]) {
      const { code } = await neighbour.host.run('curl', [
        '-s',
        '--max-time',
        '3',
        `${neighbour.machine.address}:${port}`,
      ]);
      expect(code).toBe(7);
    }
    for (const service of SERVICES) {
      expect(await stack.inspect(service, '.HostConfig.NetworkMode')).toBe('host');
      expect(Object.keys((await stack.inspect(service, '.NetworkSettings.Networks')) as object)).toEqual(['host']);
    }
  });

  it('shows nothing before the knock, then the page, for as long as the grant in Redis says', async () => {
    const { address } = neighbour.host;
    await expectShut();
    await knock(neighbour.machine.address);
    await expectOpen();
    expect((await stack.redis('HGETALL', grantKey(address))).split('\n')).toEqual(
      expect.arrayContaining(['door', 'HTTP', 'ip', address, 'method', 'knock']),
    );
    const ttlMs = Number(await stack.redis('PTTL', grantKey(address)));
    expect(ttlMs).toBeGreaterThan(0);
    expect(ttlMs).toBeLessThanOrEqual(59_000);
  });

  it('shuts at once when the key is deleted, live connections included', async () => {
    await using connection = await liveConnection();
    expect(await stack.redis('DEL', grantKey(neighbour.host.address))).toBe('1');
    await connection.waitForLine(/connection ended/u, 5000);
    await expectShut();
  });

  it("tells nginx the visitor's address, by X-Forwarded-For", async () => {
    const { address } = neighbour.host;
    await knock(neighbour.machine.address);
    expect(await stack.logs('nginx')).toMatch(new RegExp(`\\s${address} - - .*"GET / HTTP/1\\.1" 200`, 'u'));
    expect(await stack.redis('DEL', grantKey(address))).toBe('1'); // what comes next begins outside
  });

  it('tells one IPv6 client from another', async () => {
    const { address6 } = neighbour.machine;
    await expectShut(`[${address6}]`);
    await knock(address6, url(`[${address6}]`));
    await expectOpen(`[${address6}]`);
    expect(await stack.redis('EXISTS', grantKey(neighbour.host.address6))).toBe('1');
    await expectShut();
  });

  it('takes an edited config at the next start; the page goes when cmd_timeout is over', async () => {
    const former = ['knock', neighbour.machine.address, '7341', '6120', '9853', '8264'];
    await stack.editConfig((yaml) =>
      yaml.replace('7341,6120,9853,8264', '9341,7120,8853:udp').replace('cmd_timeout: 59', 'cmd_timeout: 3'),
    );
    await stack.restart('listener', 'gateway');
    expect((await Knockgate.run(former, { host: neighbour.host })).code).toBe(0);
    await expectShut();
    await knock(neighbour.machine.address);
    await using connection = await liveConnection();
    await connection.waitForLine(/connection ended/u, 15_000);
    await expectShut();
    expect(await stack.redis('EXISTS', grantKey(neighbour.host.address))).toBe('0');
  });

  it("relays the page as mode: tcp, and tells nginx the visitor's address by a PROXY header", async () => {
    const { address6 } = neighbour.host;
    const http = `upstream: http://127.0.0.1:${ports.page}`;
    const tcp = `upstream: tcp://127.0.0.1:${ports.proxied}`;
    await stack.editConfig((yaml) =>
      yaml
        .replace(/^( +)# (proxy_protocol: v2)$/mu, '$1$2')
        .replace(`# ${tcp}`, '#')
        .replace(http, tcp),
    );
    await stack.restart('gateway');
    await knock(neighbour.machine.address6, url(`[${neighbour.machine.address6}]`));
    expect(await stack.logs('nginx')).toMatch(new RegExp(`\\s${address6} - - .*"GET / HTTP/1\\.1" 200`, 'u'));
    expect(await stack.redis('DEL', grantKey(address6))).toBe('1');
    await stack.editConfig((yaml) => yaml.replace(/^ +proxy_protocol: v2\n/mu, '').replace(tcp, http));
    await stack.restart('gateway');
  });

  it('docker/port-80.yml: the gateway takes a port below 1024, and keeps no right', async () => {
    const port = 1023;
    await stack.editConfig((yaml) => yaml.replaceAll(`:${ports.door}`, `:${port}`));
    await stack.overlay('docker/port-80.yml');
    const only = { uid: '1000', gid: '1000', noNewPrivileges: '1', capabilities: [0n] };
    expect(await rights('gateway')).toEqual(only);
    await knock(neighbour.machine.address, `http://${neighbour.machine.address}:${port}/`);
  });

  it(`docker/hide.yml with ${compose.bpf}: without a grant the port is a closed one`, async () => {
    const [port, closed] = [1021, 1020];
    await stack.editConfig((yaml) => yaml.replaceAll(':1023', `:${port}`));
    await stack.overlay('docker/hide.yml');
    expect(await stack.inspect('gateway', '.HostConfig.CapDrop')).toEqual(['ALL']);
    expect(await stack.inspect('gateway', '.HostConfig.ReadonlyRootfs')).toBe(true);
    const none = { uid: '1000', gid: '1000', noNewPrivileges: '1', capabilities: [0n] };
    expect(await rights('gateway')).toEqual(none);
    const { address } = neighbour.machine;
    const scan = async (): Promise<string[]> => {
      const { stdout } = await neighbour.host.run('nmap', [
        '-Pn',
        '-n',
        '--reason',
        '-p',
        `${closed},${port}`,
        address,
      ]);
      return [...stdout.matchAll(/^\d+\/tcp +(\S+) +\S+ +(.*)$/gmu)].map(([, state, reason]) => `${state} ${reason}`);
    };
    expect(await scan()).toEqual(['closed reset ttl 64', 'closed reset ttl 64']);
    await knock(address, `http://${address}:${port}/`);
    await using connection = await liveConnection(port);
    await connection.waitForLine(/connection ended/u, 15_000);
    expect(await scan()).toEqual(['closed reset ttl 64', 'closed reset ttl 64']);
  });

  it('docker/hide.yml asks for BPF unless told otherwise', async () => {
    const [command, ...first] = compose.command;
    const files = ['-f', `${root}docker-compose.yml`, '-f', `${root}docker/hide.yml`];
    const text = await mustRun(command, [...first, ...files, 'config']);
    const [, list] = /cap_add:\n((?: +- \w+\n)+)/u.exec(text.slice(text.indexOf('  gateway:')))!;
    const capabilities = list!.match(/\w+/gu)!;
    expect(capabilities.toSorted()).toEqual(['BPF', 'NET_ADMIN', 'NET_BIND_SERVICE', 'SETGID', 'SETUID']);
  });

  it.each(['listener', 'gateway'] as const)('stops %s by SIGTERM within 2 s', async (service) => {
    // After these 2 s docker would kill it, and the exit code be 137.
    await mustRun('docker', ['stop', '-t', '2', await stack.id(service)]);
    expect(await stack.inspect(service, '.State.ExitCode')).toBe(0);
  });
});
