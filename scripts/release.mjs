// npm run release [-- FOLDER]: the tarball, its SBOM and SHA256SUMS of the two; the same bytes for the same commit.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { run, say, which } from './run.mjs';
import { sbom } from './sbom.mjs';

/** @returns {Promise<number>} the exit code; what is wrong is said */
async function release(folder) {
  if ((await hasUncommitted()) || isKeptFromOthers()) return 1;
  process.umask(0o022);
  const built = await prepare();
  if (built !== 0) return built;
  mkdirSync(folder, { recursive: true });
  const packed = await run('npm', ['pack', '--pack-destination', folder], { cwd: root, quiet: true });
  if (packed.code !== 0) return packed.code;
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const tarball = `${name}-${version}.tgz`;
  const bill = `${name}-${version}.cdx.json`;
  const text = await sbom({ tarballSha256: sha256(join(folder, tarball)), time: await commitTime() });
  if (text === undefined) return 1;
  writeFileSync(join(folder, bill), text);
  const sums = [tarball, bill].map((file) => `${sha256(join(folder, file))}  ${file}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), sums.join(''));
  say([tarball, bill, 'SHA256SUMS'].map((file) => join(folder, file)).join('\n'));
  return 0;
}

/** What is released is a commit. A folder without git has none to differ from. */
async function hasUncommitted() {
  const output = await git(['status', '--porcelain']);
  if (output === undefined || output === '') return false;
  say(`A release is made of a commit; these are not in it:\n${output}`);
  return true;
}

/** npm packs files with the modes that they have. */
function isKeptFromOthers() {
  if ((statSync(join(root, 'README.md')).mode & 0o777) === 0o644) return false;
  say('This checkout was made under another umask than 022, and its modes would go into the tarball: clone it anew.');
  return true;
}

/** When the commit was made; undefined without git. */
async function commitTime() {
  const output = await git(['log', '-1', '--format=%cI']);
  return output === undefined ? undefined : new Date(output).toISOString();
}

/** @returns {Promise<string | undefined>} undefined: this folder is no checkout of git */
async function git(args) {
  if (which('git') === undefined) return undefined;
  const top = await run('git', ['rev-parse', '--show-prefix'], { cwd: root, quiet: true, mayFail: true });
  if (top.code !== 0 || top.output.trim() !== '') return undefined;
  return (await run('git', args, { cwd: root, quiet: true })).output.trim();
}

function sha256(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

process.exitCode = await release(resolve(process.argv[2] ?? join(root, 'release')));
