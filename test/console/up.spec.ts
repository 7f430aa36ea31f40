import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GrantView, State } from '../../apps/console/api-schemas.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { TempDir } from '../lab/temp-dir.js';
import { curl } from '../e2e/recipe.fixture.js';

const READY = /"ready: /u;
const CONSOLE = 'http://127.0.0.1:4080';

describe('the console of up', () => {
  let lab: NetLab;
  let folder: TempDir;
  beforeEach(async () => {
    lab = await NetLab.create();
    folder = await TempDir.create('up');
  });
  afterEach(async () => {
    await lab.stop();
    await folder.remove();
  });

  const args = (command: string): string[] => [command, '--config', folder.file('knockgate.yaml')];
  const env = (): Record<string, string> => ({ STATE_DIRECTORY: folder.file('state') });
  const write = (top = '', port = 8080): Promise<void> =>
    writeFile(
      folder.file('knockgate.yaml'),
      `${top}\ndoors: { HTTP: { sequence: '7000,9000', listen: '0.0.0.0:${port}', upstream: sample } }\n`,
    );
  const start = (): Promise<Knockgate> => Knockgate.start(args('up'), { host: lab.server, ready: READY, env: env() });
  const refusal = async (command: string): Promise<[number, string]> => {
    const { code, stderr } = await Knockgate.run(args(command), { host: lab.server, env: env() });
    return [code, stderr];
  };
  const ask = async (path: string, ...more: string[]): Promise<string> => {
    const token = (await readFile(folder.file('state/console.token'), 'utf8')).trim();
    const fields = ['-sSf', '-m', '5', '-H', `authorization: Bearer ${token}`, '-H', 'content-type: application/json'];
    const { code, stdout, stderr } = await lab.server.run('curl', [...fields, ...more, `${CONSOLE}${path}`]);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };
  const state = async (): Promise<State> => JSON.parse(await ask('/api/state')) as State;

  it('is there without a word in the config: grants in memory are seen, given and taken', async () => {
    await write();
    await using knockgate = await start();
    await knockgate.waitForLog(/^console: listening on http:\/\/127\.0\.0\.1:4080\/$/u);
    await knockgate.waitForLog(/^ready: listener and gateway and console, 1 door$/u);
    const client = lab.host('client');
    const body = JSON.stringify({ door: 'HTTP', ip: client.address, seconds: 60 });
    expect(JSON.parse(await ask('/api/grants', '-d', body)) as GrantView).toMatchObject({ ip: client.address });
    const page = `http://${lab.server.address}:8080/`;
    await vi.waitFor(async () => expect((await curl(client, page)).body).toContain('You knocked'), { timeout: 10_000 });
    expect((await state()).grants).toMatchObject([{ ip: client.address, method: 'manual' }]);
    await ask(`/api/grants/HTTP/${client.address}`, '-X', 'DELETE');
    await vi.waitFor(async () => expect((await state()).grants).toEqual([]), { timeout: 10_000 });
    await vi.waitFor(async () => expect(await state()).toMatchObject({ ready: true, store: { kind: 'memory' } }), {
      timeout: 10_000,
    });
    // nobody comes to it through a door, nor from another host
    const port = await client.run('curl', ['-sS', '-m', '2', `http://${lab.server.address}:4080/healthz`]);
    expect(port.code).not.toBe(0);
    await knockgate.stop();
  });

  it('SIGHUP: shows the new doors', async () => {
    await write();
    await using knockgate = await start();
    await write('', 8090);
    process.kill(knockgate.program.pid, 'SIGHUP');
    await knockgate.waitForLog(/^config re-read/u);
    expect((await state()).doors).toMatchObject([{ listen: ['0.0.0.0:8090'] }]);
    await knockgate.stop();
  });

  it('off: none, and no token; console says so', async () => {
    await write('console: off\nstore: redis://127.0.0.1:1');
    expect(await refusal('console')).toEqual([
      2,
      expect.stringMatching(/^knockgate: console: off in the config; [^\n]+\n$/u),
    ]);
    await write('console: off');
    await using knockgate = await start();
    await knockgate.waitForLog(/^ready: listener and gateway, 1 door$/u);
    expect(existsSync(folder.file('state'))).toBe(false);
    await expect(lab.server.run('curl', ['-sS', `${CONSOLE}/healthz`])).resolves.toMatchObject({ code: 7 });
    await knockgate.stop();
  });

  it('console alone is of no use to grants in memory', async () => {
    await write();
    expect(await refusal('console')).toEqual([2, expect.stringMatching(/^knockgate: store: memory: [^\n]+\n$/u)]);
  });

  describe('its port is taken', () => {
    it('nobody has asked for it: a warning, and all else goes on', async () => {
      await write();
      await using taken = lab.server.spawn('nc', ['-l', '-k', '-v', '-n', '-s', '127.0.0.1', '-p', '4080']);
      await taken.waitForLine(/Listening/u);
      await using knockgate = await start();
      const { msg, level } = await knockgate.waitForLog(({ event }) => event === 'console_unavailable');
      expect([level, msg]).toEqual([
        'warn',
        expect.stringMatching(/^no console: cannot listen on 127\.0\.0\.1:4080: /u),
      ]);
      await knockgate.waitForLog(/^ready: listener and gateway, 1 door$/u);
      await knockgate.stop();
    });

    it('the config asks for it: a refusal', async () => {
      await using taken = lab.server.spawn('nc', ['-l', '-k', '-v', '-n', '-s', '127.0.0.1', '-p', '4081']);
      await taken.waitForLine(/Listening/u);
      for (const [command, top] of [
        ['up', 'console: { listen: 4081 }'],
        ['console', 'console: { listen: 4081 }\nstore: redis://127.0.0.1:1'],
      ] as const) {
        await write(top);
        const line =
          /^knockgate: console: cannot listen on 127\.0\.0\.1:4081: another process listens there [^\n]+\n$/u;
        expect(await refusal(command)).toEqual([1, expect.stringMatching(line)]);
      }
    });
  });

  it('a token that others may read: without a console, or not at all', async () => {
    await write();
    await writeFile(folder.file('token'), 'k'.repeat(43), { mode: 0o644 });
    await write(`console: { token_file: ${folder.file('token')} }`);
    expect(await refusal('up')).toEqual([
      1,
      expect.stringMatching(/^knockgate: console: token file \S+: others may read/u),
    ]);
  });
});
