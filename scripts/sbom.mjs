// The bill of materials of a release, CycloneDX 1.5: npm's own, completed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './prepare.mjs';
import { run } from './run.mjs';

const PAGE = 'dist/apps/console/page';
/** A heading of the page's licenses.md, which Vite writes: `## preact - 11.2.0 (MIT)` */
const BUILT_IN = /^## (\S+) - (\S+) \(/gmu;

/**
 * What is installed with the release, and what is built into its page; no time of making and no random number in it.
 * @returns {Promise<string | undefined>} undefined: npm failed, and said why
 */
export async function sbom({ tarballSha256, time }) {
  const lock = readJson('package-lock.json');
  const bill = await askNpm(lock);
  if (bill === undefined) return undefined;
  bill.serialNumber = `urn:uuid:${uuidOf(tarballSha256)}`;
  bill.metadata.timestamp = time;
  const own = bill.metadata.component;
  own.type = 'application';
  own.hashes = [{ alg: 'SHA-256', content: tarballSha256 }];
  const builtIn = builtInto(lock);
  bill.components.push(...builtIn);
  bill.components.sort((a, b) => (a['bom-ref'] < b['bom-ref'] ? -1 : 1));
  const refs = builtIn.map((component) => component['bom-ref']);
  bill.dependencies.find(({ ref }) => ref === own['bom-ref']).dependsOn.push(...refs);
  bill.dependencies.push(...refs.map((ref) => ({ ref, dependsOn: [] })));
  return `${JSON.stringify(bill, null, 2)}\n`;
}

/**
 * Asked in a folder that has no development packages at all: `npm sbom --omit dev` leaves out what a development
 * package depends on too (npm 10.8 and 11.19: 20 packages of this lock, rxjs and yaml among them).
 */
async function askNpm(lock) {
  const folder = mkdtempSync(join(tmpdir(), 'knockgate-sbom-'));
  try {
    const cwd = join(folder, lock.name);
    mkdirSync(cwd);
    const { devDependencies: _, ...manifest } = readJson('package.json');
    writeFileSync(join(cwd, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(cwd, 'package-lock.json'), JSON.stringify(withoutDevelopment(lock)));
    const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only', '--loglevel=error'];
    const { code, output } = await run('npm', args, { cwd, quiet: true });
    return code === 0 ? JSON.parse(output) : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function withoutDevelopment(lock) {
  const kept = Object.entries(lock.packages).filter(([, entry]) => entry.dev !== true);
  const { devDependencies: _, ...top } = lock.packages[''];
  return { ...lock, packages: { ...Object.fromEntries(kept), '': top } };
}

/** Packages that nobody installs, for their code is in the page's files. */
function builtInto(lock) {
  const text = readFileSync(join(root, PAGE, 'licenses.md'), 'utf8');
  return [...text.matchAll(BUILT_IN)].map(([, name, version]) => {
    const { integrity, license } = lock.packages[`node_modules/${name}`];
    return {
      'bom-ref': `${name}@${version}`,
      type: 'library',
      name,
      version,
      scope: 'required',
      purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      properties: [{ name: 'knockgate:built-into', value: PAGE }],
      externalReferences: [],
      hashes: [hashOf(integrity)],
      licenses: [{ license: { id: license } }],
    };
  });
}

/** An integrity of the lock, `sha512-BASE64`, as CycloneDX has it. */
function hashOf(integrity) {
  const [algorithm, base64] = integrity.split(/-(.*)/u);
  return { alg: algorithm.replace('sha', 'SHA-'), content: Buffer.from(base64, 'base64').toString('hex') };
}

/** RFC 9562, version 8: of our own making, by the tarball. */
function uuidOf(sha256) {
  const digits = `${sha256.slice(0, 12)}8${sha256.slice(13, 16)}8${sha256.slice(17, 32)}`;
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/u, '$1-$2-$3-$4-$5');
}

function readJson(name) {
  return JSON.parse(readFileSync(join(root, name), 'utf8'));
}
