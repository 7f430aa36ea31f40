// Makes a checkout runnable: installs and builds what is stale, and nothing else. Needs Node and npm only.
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { withLock } from './lock.mjs';
import { run, say, which } from './run.mjs';

export const root = fileURLToPath(new URL('..', import.meta.url));

const OLDEST_NODE = [20, 19];
const INSTALLED = join(root, 'node_modules/.package-lock.json');
const ADDON = join(root, 'node_modules/raw-socket/build/Release/raw.node');
const ADDON_CONFIG = join(root, 'node_modules/raw-socket/build/config.gypi');
const BUILT = join(root, 'dist/.built');
const MAIN = join(root, 'dist/apps/cli/main.js');
const PAGE = join(root, 'apps/console/page');
const NATIVE_TOOLS = ['g++', 'make', 'python3'];
const BUILD_INPUTS = [
  'apps',
  'libs',
  'package.json',
  'package-lock.json',
  'nest-cli.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

/** @returns {Promise<number>} 0: dist is there and current; else the exit code to end with, the reason said */
export async function prepare() {
  if (!nodeIsNewEnough()) return 1;
  if (!installIsStale() && !buildIsStale()) return 0;
  return withLock(join(root, '.prepare.lock'), async () => {
    // Asked again: another run may have done it while this one waited.
    const code = installIsStale() ? await install() : 0;
    if (code !== 0) return code;
    return buildIsStale() ? build() : 0;
  });
}

function nodeIsNewEnough() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return true;
  say(`knockgate needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
  return false;
}

/** Missing, older than the lock, not what package.json now asks for, or compiled for another Node. */
export function installIsStale() {
  const installed = modified(INSTALLED);
  if (installed === 0 || modified(join(root, 'package-lock.json')) > installed) return true;
  // A package.json that is merely newer (an edited script) is no reason to install again.
  if (modified(join(root, 'package.json')) > installed && !lockMatchesPackage()) return true;
  return addonIsForAnotherNode();
}

function lockMatchesPackage() {
  const wanted = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const locked = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages[''];
  return ['dependencies', 'devDependencies', 'optionalDependencies'].every((kind) =>
    isDeepStrictEqual(wanted[kind], locked[kind]),
  );
}

function addonIsForAnotherNode() {
  if (!existsSync(ADDON_CONFIG)) return false;
  const built = /"node_module_version": (\d+)/.exec(readFileSync(ADDON_CONFIG, 'utf8'));
  return built !== null && built[1] !== process.versions.modules;
}

/** Also after a deletion: a folder is newer when a file in it is gone. */
export function buildIsStale() {
  const built = modified(BUILT);
  return built === 0 || BUILD_INPUTS.some((input) => newest(join(root, input)) > built);
}

function newest(path) {
  const own = modified(path);
  if (own === 0 || !statSync(path).isDirectory()) return own;
  const names = readdirSync(path).filter((name) => !name.endsWith('.spec.ts'));
  return Math.max(own, ...names.map((name) => newest(join(path, name))));
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

async function install() {
  say('installing packages…');
  // A pack that was broken off leaves it, and npm would take it for the lock.
  rmSync(join(root, 'npm-shrinkwrap.json'), { force: true });
  // The build needs the development packages whatever NODE_ENV says.
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await run('npm', args, { cwd: root, quiet: true });
  // npm goes on without an optional dependency; what is developed and tested here has it.
  if (code === 0 && existsSync(ADDON)) return 0;
  const missing = NATIVE_TOOLS.filter((tool) => which(tool) === undefined);
  if (code === 0 || missing.length > 0 || /\bgyp\b/.test(output)) {
    say('The native addon raw-socket needs a C++ toolchain; likely cure: apt-get install -y g++ make python3');
  }
  return code === 0 ? 1 : code;
}

async function build() {
  say('building…');
  // What is edited while the compiler runs must count as newer than its result.
  const started = new Date();
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  const { code } = await run(process.execPath, [nest, 'build'], { cwd: root, quiet: true });
  if (code !== 0) return code;
  // After it: nest empties dist.
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const page = await run(process.execPath, [vite, 'build', PAGE, '--logLevel', 'warn'], { cwd: root, quiet: true });
  if (page.code !== 0) return page.code;
  // tsc writes no executable files, and npx runs the package's bin as one.
  if (existsSync(MAIN)) chmodSync(MAIN, 0o755);
  writeFileSync(BUILT, '');
  utimesSync(BUILT, started, started);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await prepare();
