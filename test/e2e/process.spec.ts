import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { Program } from '../lab/program.js';
import { TempDir } from '../lab/temp-dir.js';
import { curl, nmapKnock } from './recipe.fixture.js';

const MAIN = fileURLToPath(new URL('../../dist/apps/cli/main.js', import.meta.url));
const READY = /"ready: /;

/** Sequences by door; HTTP's is 6000,7000 unless said. */
const config = (top: string, { http = '6000,7000', other = '6100,7100', listen = '0.0.0.0:81' } = {}): string => `
store: memory
${top}
doors:
  HTTP: { sequence: '${http}', cmd_timeout: 60, listen: '0.0.0.0:80', upstream: sample }
  OTHER: { sequence: '${other}', cmd_timeout: 60, listen: '${listen}', upstream: sample }
`;

describe('the process', () => {
  let lab: NetLab;
  let folder: TempDir;
  beforeAll(async () => {
    lab = await NetLab.create();
  });
  afterAll(async () => {
    await lab.stop();
  });
  beforeEach(async () => {
    folder = await TempDir.create('process');
  });
  afterEach(async () => {
    await folder.remove();
  });

  const client = () => lab.host('client');
  const write = (text: string): Promise<void> => writeFile(folder.file('knockgate.yaml'), text);
  const args = (): string[] => ['up', '--config', folder.file('knockgate.yaml')];
  const start = (env: Record<string, string> = {}): Promise<Knockgate> =>
    Knockgate.start(args(), { host: lab.server, ready: READY, env });
  const knock = (...ports: number[]): Promise<void> => nmapKnock(client(), lab.server.address, ports);
  const reload = async (knockgate: Knockgate): Promise<void> => {
    const after = knockgate.program.lineCount;
    process.kill(knockgate.program.pid, 'SIGHUP');
    await knockgate.waitForLog(/^config re-read|^config refused/u, { after });
  };
  const refusal = async (): Promise<[number, string]> => {
    const { code, stderr } = await Knockgate.run(args(), { host: lab.server });
    return [code, stderr];
  };

  it("syslog: knockd's words reach /dev/log, also of a daemon that comes later", async () => {
    await write(config('usesyslog: true'));
    // a /dev of its own, so that this machine's /dev/log is left alone
    const setUp = 'mount -t tmpfs tmpfs /dev && mknod /dev/null c 1 3 && mknod /dev/urandom c 1 9';
    await using space = lab.server.spawn('unshare', ['-m', 'sh', '-c', `${setUp} && echo made && exec sleep 600`]);
    await space.waitForLine(/made/u);
    const inside = ['-t', String(space.pid), '-m', '-n'];
    const daemon = (): Program => Program.start('nsenter', [...inside, 'busybox', 'syslogd', '-n', '-O', '-']);
    const knockgate = Program.start('nsenter', [...inside, process.execPath, MAIN, ...args()]);
    try {
      await knockgate.waitForLine(READY);
      for (const _ of [1, 2]) {
        await using syslogd = daemon();
        await syslogd.waitForLine(/syslogd started/u);
        await knock(6000);
        await syslogd.waitForLine(
          new RegExp(String.raw`user\.notice knockgate\[\d+\]: ${client().address}: HTTP: Stage 1$`, 'u'),
        );
        await knock(6999); // voids the attempt, so that the next is a first knock again
      }
    } finally {
      expect(await knockgate.stop()).toBe(0);
    }
  });

  it("logfile: knockd's form; SIGHUP goes on in a new file, also if the config is faulty", async () => {
    const log = folder.file('knockgate.log');
    await write(config(`logfile: ${log}`));
    await using knockgate = await start();
    await knock(6000);
    await knockgate.waitForLog(/HTTP: Stage 1/u);
    expect(await readFile(log, 'utf8')).toMatch(
      new RegExp(String.raw`^\[\d{4}-\d\d-\d\d \d\d:\d\d\] ${client().address}: HTTP: Stage 1$`, 'mu'),
    );
    await rename(log, `${log}.1`);
    await write('doors: 1\n');
    await reload(knockgate);
    await knock(7000);
    await knockgate.waitForLog(/OPEN SESAME/u);
    expect(await readFile(log, 'utf8')).toMatch(/config refused[\s\S]*HTTP: OPEN SESAME\n/u);
    expect(await readFile(`${log}.1`, 'utf8')).not.toMatch(/refused|OPEN SESAME/u);
  });

  it.each([
    [
      'logfile: /proc/none/log',
      /^knockgate: logfile \/proc\/none\/log: cannot be opened: ENOENT; name a file [^\n]*\n$/u,
    ],
    [
      'pidfile: /proc/none/pid',
      /^knockgate: pidfile \/proc\/none\/pid: cannot be written: ENOENT; name a file [^\n]*\n$/u,
    ],
  ])('%s: one line, and nothing half started', async (top, line) => {
    await write(config(top));
    expect(await refusal()).toEqual([2, expect.stringMatching(line)]);
  });

  it('pidfile: there while it runs; one that a crash left is written over, one of a running knockgate is not', async () => {
    const file = folder.file('pid');
    await write(config(`pidfile: ${file}`));
    const first = await start();
    expect(await readFile(file, 'utf8')).toBe(`${first.program.pid}\n`);
    expect(await refusal()).toEqual([
      2,
      expect.stringMatching(/^knockgate: pidfile \S+: process \d+ has it and runs; [^\n]*\n$/u),
    ]);
    await first.program.kill();
    const second = await start();
    expect(await readFile(file, 'utf8')).toBe(`${second.program.pid}\n`);
    await second.stop();
    expect(existsSync(file)).toBe(false);
  });

  describe('SIGHUP', () => {
    it('keeps the attempts and connections of a door that stays as it is', async () => {
      await write(config('log_level: debug'));
      await using knockgate = await start();
      await knock(6000, 7000);
      await knockgate.waitForLog(/OPEN SESAME/u);
      await using page = client().spawn('nc', [lab.server.address, '80']);
      await knockgate.waitForLog(({ event }) => event === 'connection');
      await knock(6000);
      await knockgate.waitForLog(/HTTP: Stage 1/u, { after: knockgate.program.lineCount - 1 });
      await write(config('log_level: debug', { other: '6200,7200' }));
      await reload(knockgate);
      const after = knockgate.program.lineCount;
      await knock(7000, 6200, 7200);
      await knockgate.waitForLog(/HTTP: OPEN SESAME \(extended/u, { after });
      await knockgate.waitForLog(/OTHER: OPEN SESAME/u, { after });
      expect(page.lines).toEqual([]);
      expect((await curl(client(), `http://${lab.server.address}/`)).body).toContain('You knocked');
    });

    it('is refused as a whole if a part cannot have what it asks for', async () => {
      await write(config(''));
      await using knockgate = await start();
      await using taken = lab.server.spawn('nc', ['-l', '-k', '-v', '-n', '-p', '99']);
      await taken.waitForLine(/Listening/u);
      await write(config('', { http: '6300,7300', listen: '0.0.0.0:99' }));
      await reload(knockgate);
      expect(knockgate.events.map(({ msg }) => msg)).toContainEqual(
        expect.stringMatching(/cannot listen on 0\.0\.0\.0:99/u),
      );
      await knock(6100, 7100, 6000, 7000);
      await knockgate.waitForLog(/OTHER: OPEN SESAME/u);
      await knockgate.waitForLog(/HTTP: OPEN SESAME/u);
      for (const port of [80, 81]) {
        expect((await curl(client(), `http://${lab.server.address}:${port}/`)).body).toContain('You knocked');
      }
    });

    it('names what only a restart changes, and no more', async () => {
      await write(config(''));
      await using knockgate = await start();
      await write(config('store_max_stale: 9s\nlog_level: debug'));
      await reload(knockgate);
      const warnings = knockgate.events.filter(({ event }) => event === 'config_warning').map(({ msg }) => msg);
      expect(warnings).toEqual(['store_max_stale: changed, which takes effect at a restart']);
      await knock(6000, 7000);
      await knockgate.waitForLog(/OPEN SESAME/u);
      await curl(client(), `http://${lab.server.address}/`);
      await knockgate.waitForLog(({ event }) => event === 'connection'); // a debug line
    });
  });

  it('tells the service manager how it is doing, and its children nothing', async () => {
    const socket = folder.file('notify');
    await write(config(''));
    await using manager = lab.server.spawn('nc', ['-l', '-k', '-U', '-u', socket]);
    await vi.waitFor(() => expect(existsSync(socket)).toBe(true), { timeout: 10_000 });
    const knockgate = await start({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '200000' });
    await manager.waitForLine(/^READY=1$/u);
    await manager.waitForLine(/^STATUS=listener and gateway and console, doors: 2$/u);
    await manager.waitForLine(/^WATCHDOG=1$/u);
    const after = manager.lineCount;
    await reload(knockgate);
    await manager.waitForLine(/^RELOADING=1$/u, 10_000, after);
    await manager.waitForLine(/^MONOTONIC_USEC=\d+$/u, 10_000, after);
    await manager.waitForLine(/^READY=1$/u, 10_000, after);
    await knockgate.stop();
    await manager.waitForLine(/^STOPPING=1$/u);
  });
});
