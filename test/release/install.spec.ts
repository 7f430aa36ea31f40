import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { curl } from '../e2e/recipe.fixture.js';
import { NetLab } from '../lab/netlab.js';
import { mustRun, run } from '../lab/run.js';
import { IN_PRODUCTION, LOCKED } from './lock.js';
import { npm } from './npm.js';
import { ReleaseLab } from './release-lab.js';

const CONFIG = `
store: memory
console: off
doors:
  HTTP: { sequence: '7341,6120,9853:udp,8264', cmd_timeout: 4, listen: '0.0.0.0:8080', upstream: sample }
`;
const SEQUENCE = ['7341', '6120', '9853:udp', '8264'];
const INSTALL_MS = 240_000;

describe('the tarball, installed', () => {
  let release: ReleaseLab;
  let lab: NetLab;
  let tarball: string;
  beforeAll(async () => {
    release = await ReleaseLab.create();
    tarball = await release.file('.tgz');
    lab = await NetLab.create();
  }, 300_000);
  afterAll(async () => {
    await lab?.stop();
    await release?.[Symbol.asyncDispose]();
  });

  /** Checks, starts, knocks, sees the page, and sees the door shut; by `npx knockgate` in the folder. @returns its log */
  async function work(folder: string): Promise<string> {
    await writeFile(join(folder, 'knockgate.yaml'), CONFIG);
    const npx = ['--no-install', 'knockgate'];
    const checked = await mustRun('npx', [...npx, 'check', '--config', 'knockgate.yaml'], { cwd: folder });
    expect(checked).toMatch(/valid; doors: HTTP/u);
    const options = { cwd: folder, env: { STATE_DIRECTORY: folder } };
    await using up = lab.server.spawn('npx', [...npx, 'up', '--config', 'knockgate.yaml'], options);
    await up.waitForLine(/"ready: /u, 30_000);
    const [client, url] = [lab.host('client'), `http://${lab.server.address}:8080/`];
    await expect(curl(client, url)).resolves.toMatchObject({ code: 7 });
    const knock = [...npx, 'knock', lab.server.address, ...SEQUENCE, '--wait', url];
    const knocked = await client.run('npx', knock, { cwd: folder });
    expect(knocked).toMatchObject({ code: 0, stdout: expect.stringMatching(/^open: /u) });
    expect((await curl(client, url)).body).toContain('You knocked');
    await up.waitForLine(/"event":"expired"/u, 20_000);
    await expect(curl(client, url)).resolves.toMatchObject({ code: 7 });
    return up.lines.join('\n');
  }

  it(
    'in an empty folder, by npm install: a knock opens the page, and it shuts again',
    async () => {
      const folder = await release.emptyFolder('installed');
      await npm(['install', tarball], { cwd: folder });
      expect(await work(folder)).toMatch(/tcp4/u);
    },
    INSTALL_MS + 60_000,
  );

  it(
    'without install scripts: the same, by mode packet, and capture: raw is refused with the reason',
    async () => {
      const folder = await release.emptyFolder('no-scripts');
      await npm(['install', '--ignore-scripts', tarball], { cwd: folder });
      expect(await work(folder)).toMatch(/npm raw-socket is not built for this Node/u);
      await writeFile(join(folder, 'knockgate.yaml'), `capture: raw\n${CONFIG}`);
      const args = ['--no-install', 'knockgate', 'up', '--config', 'knockgate.yaml'];
      const { code, stderr } = await lab.server.run('npx', args, { cwd: folder, env: { STATE_DIRECTORY: folder } });
      expect(code).toBe(2);
      expect(stderr).toMatch(/^knockgate: capture: raw: npm raw-socket is not built .* write capture: packet/mu);
    },
    INSTALL_MS + 60_000,
  );

  it(
    'by npm install -g: the command and the manual are on the paths',
    async () => {
      const prefix = await release.emptyFolder('prefix');
      await npm(['install', '--global', '--prefix', prefix, tarball]);
      const { version } = JSON.parse(await readFile(join(release.checkout, 'package.json'), 'utf8')) as {
        version: string;
      };
      expect(await mustRun(join(prefix, 'bin/knockgate'), ['--version'])).toBe(`${version}\n`);
      expect(await readFile(join(prefix, 'share/man/man1/knockgate.1'), 'utf8')).toMatch(/^\.TH KNOCKGATE 1/mu);
    },
    INSTALL_MS,
  );

  it(
    'unpacked, by npm ci --omit=dev: each package is the one that was tested, by its hash',
    async () => {
      const folder = await release.emptyFolder('exact');
      await mustRun('tar', ['xzf', tarball, '-C', folder, '--strip-components=1']);
      await npm(['ci', '--omit=dev'], { cwd: folder });
      const text = await readFile(join(folder, 'node_modules/.package-lock.json'), 'utf8');
      const { packages } = JSON.parse(text) as { packages: Record<string, { version: string; integrity: string }> };
      const factsOf = ([place, { version, integrity }]: [string, { version: string; integrity: string }]): string =>
        [place, version, integrity].join(' ');
      const locked = new Set(IN_PRODUCTION.map((each) => factsOf([each.place, each])));
      expect(
        Object.entries(packages)
          .map(factsOf)
          .filter((facts) => !locked.has(facts)),
      ).toEqual([]);
      expect(packages['node_modules/nan']?.version).toBe(LOCKED.find(({ name }) => name === 'nan')?.version);
      const raw = await run(process.execPath, ['-e', "require('raw-socket')"], { cwd: folder });
      expect(raw).toMatchObject({ code: 0 });
      expect(
        await mustRun(process.execPath, ['dist/apps/cli/main.js', 'check', '--config', 'knockgate.yaml'], {
          cwd: folder,
        }),
      ).toMatch(/valid; doors: HTTP/u);
    },
    INSTALL_MS,
  );
});
