import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DocPage, ROOT } from '../docs/doc-page.js';
import { IN_PRODUCTION, LOCKED } from './lock.js';

type Versions = Readonly<Record<string, string>>;
interface Manifest {
  readonly dependencies: Versions;
  readonly optionalDependencies: Versions;
  readonly devDependencies: Versions;
  readonly overrides: Readonly<Record<string, Versions>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
const installed = { ...manifest.dependencies, ...manifest.optionalDependencies };
const page = readFileSync(join(ROOT, 'docs/supply-chain.md'), 'utf8');

/** Of what is installed with knockgate; what only builds and tests it may have the others as well. */
const LICENCES = ['MIT', 'ISC', 'BSD-3-Clause', 'Apache-2.0', '0BSD'];
const LICENCES_OF_TOOLS = [...LICENCES, 'MPL-2.0', 'BSD-2-Clause', 'BlueOak-1.0.0'];

/** The first column of the table below this line, without the head. */
function rowsUnder(start: string): string[] {
  const [, after = ''] = page.split(start);
  const [table = ''] = /(?:^\|.*\n)+/mu.exec(after) ?? [];
  return [...table.matchAll(/^\| `([^`]+)`/gmu)].map(([, name]) => name!);
}

describe('the dependencies', () => {
  it('are of one version each, overrides too', () => {
    const overridden = Object.values(manifest.overrides).map((each) => Object.entries(each));
    const asked = [...Object.entries({ ...installed, ...manifest.devDependencies }), ...overridden.flat()];
    expect(asked.length).toBeGreaterThan(30);
    expect(asked.filter(([, version]) => !/^\d+\.\d+\.\d+$/u.test(version))).toEqual([]);
  });

  it('are locked to that version, with a strong hash, and come from no other place than the registry', () => {
    const top = new Map(LOCKED.map(({ place, version }) => [place, version]));
    const direct = Object.entries({ ...installed, ...manifest.devDependencies });
    expect(direct.filter(([name, version]) => top.get(`node_modules/${name}`) !== version)).toEqual([]);
    expect(LOCKED.filter(({ integrity }) => !/^sha512-[\w+/]{86}==$/u.test(integrity))).toEqual([]);
    // The lock names no place: it is for npm's own registry, or what its user has in its stead.
    expect(LOCKED.filter((each) => 'resolved' in each || 'link' in each)).toEqual([]);
  });

  it('run no install script but those that are allowed and explained', () => {
    const scripted = new Set(LOCKED.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name));
    expect(Object.keys(manifest.allowScripts).toSorted()).toEqual([...scripted].toSorted());
    expect(rowsUnder('**Install scripts**').toSorted()).toEqual([...scripted].toSorted());
  });

  it('have licences of a few kinds, which are named', () => {
    const notIn = (names: readonly string[]) => (each: { readonly license?: string }) => !names.includes(each.license!);
    expect(IN_PRODUCTION.filter(notIn(LICENCES))).toEqual([]);
    expect(LOCKED.filter(notIn(LICENCES_OF_TOOLS))).toEqual([]);
    const [, told = ''] = /\*\*Licences\*\*([\s\S]*?)\n\n/u.exec(page) ?? [];
    expect(LICENCES_OF_TOOLS.filter((name) => !told.includes(name))).toEqual([]);
  });

  it('have a reason each, and no reason is without its dependency', () => {
    expect(rowsUnder('## Dependencies').toSorted()).toEqual(Object.keys(installed).toSorted());
  });

  it('what is built into the page is named', async () => {
    const { spans } = await DocPage.read('docs/supply-chain.md');
    const built = readFileSync(join(ROOT, 'dist/apps/console/page/licenses.md'), 'utf8');
    const names = [...built.matchAll(/^## (\S+) - /gmu)].map(([, name]) => name!);
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !spans.includes(name))).toEqual([]);
  });
});
