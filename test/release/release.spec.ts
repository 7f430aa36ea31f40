import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustRun } from '../lab/run.js';
import { IN_PRODUCTION, LOCKED, type LockedPackage } from './lock.js';
import { npm } from './npm.js';
import { ReleaseLab, ROOT, sha256 } from './release-lab.js';

interface Component {
  readonly name: string;
  readonly version: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly { readonly license?: { readonly id: string } }[];
}
interface Bill {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

describe('npm run release, in a checkout as cloned', () => {
  let lab: ReleaseLab;
  let packed: readonly string[];
  beforeAll(async () => {
    lab = await ReleaseLab.create();
    packed = await lab.packed();
  }, 300_000);
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  it('makes the tarball that npm pack makes here, to the byte', async () => {
    const here = await lab.emptyFolder('here');
    await npm(['pack', '--pack-destination', here], { cwd: ROOT });
    const [name] = await readdir(here);
    expect(await sha256(join(here, name!))).toBe(await sha256(await lab.file('.tgz')));
    expect(existsSync(join(ROOT, 'npm-shrinkwrap.json'))).toBe(false);
  }, 120_000);

  it('packs what the command, its manual and its units need', () => {
    const needed = `
      package.json npm-shrinkwrap.json LICENSE
      README.md CHANGELOG.md knockgate.1
      knockgate.yaml knockgate.schema.json dist/apps/cli/main.js
      dist/apps/cli/worker.child.js dist/apps/cli/config-reader.child.js dist/apps/console/page/index.html
      dist/apps/console/page/licenses.md dist/apps/cli/page/knock-page.html dist/libs/grants/redis/commands/grant-2.lua
      dist/apps/cli/completion/knockgate.bash deploy/systemd/knockgate-gateway.service docs/configuration.md
      docs/SECURITY.md
    `;
    expect(
      needed
        .trim()
        .split(/\s+/u)
        .filter((file) => !packed.includes(file)),
    ).toEqual([]);
  });

  it('packs no source, no test and no tool of the checkout', () => {
    const folders = new Set(packed.filter((file) => file.includes('/')).map((file) => file.split('/')[0]!));
    expect([...folders].toSorted()).toEqual(['deploy', 'dist', 'docs']);
    expect(packed.filter((file) => /\.tsx?$|\.map$|\.tsbuildinfo$|\.(?:spec|fixture)\.|\/\./u.test(file))).toEqual([]);
  });

  it('its sums are right, as sha256sum -c sees it', async () => {
    const said = await mustRun('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: lab.folder });
    expect(said.match(/: OK$/gmu)).toHaveLength(2);
    expect((await readdir(lab.folder)).toSorted()).toEqual([
      'SHA256SUMS',
      expect.stringMatching(/^knockgate-[\d.]+\.cdx\.json$/u),
      expect.stringMatching(/^knockgate-[\d.]+\.tgz$/u),
    ]);
  });

  it('the SBOM has each package that is installed or built in, and no other, with licence and hash', async () => {
    const bill = await read<Bill>(await lab.file('.cdx.json'));
    const builtIn = LOCKED.filter(({ name }) => ['preact', 'uplot'].includes(name));
    expect(bill.components.map(factsOf).toSorted()).toEqual([...IN_PRODUCTION, ...builtIn].map(lockFactsOf).toSorted());
    expect(bill.components.some(({ name }) => name === 'rxjs')).toBe(true);
    expect(bill.metadata.component).toMatchObject({
      name: 'knockgate',
      hashes: [{ alg: 'SHA-256', content: await sha256(await lab.file('.tgz')) }],
    });
    const own = bill.dependencies.find(({ ref }) => ref.startsWith('knockgate@'));
    const { dependencies, optionalDependencies } = await read<Record<string, Record<string, string>>>(
      join(ROOT, 'package.json'),
    );
    const direct = Object.entries({ ...dependencies, ...optionalDependencies }).map((pair) => pair.join('@'));
    expect(own?.dependsOn.toSorted()).toEqual(
      [...direct, ...builtIn.map(({ name, version }) => `${name}@${version}`)].toSorted(),
    );
  });
});

async function read<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}

function factsOf({ name, version, hashes, licenses }: Component): string {
  const [hash] = hashes;
  return [name, version, licenses[0]?.license?.id, hash?.alg, hash?.content].join(' ');
}

function lockFactsOf({ name, version, license, integrity }: LockedPackage & { readonly name: string }): string {
  const [, base64 = ''] = integrity.split(/-(.*)/u);
  return [name, version, license, 'SHA-512', Buffer.from(base64, 'base64').toString('hex')].join(' ');
}
