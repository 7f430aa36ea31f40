// npm run bench -- NAME…: measures, prints what was found, and puts it into docs/benchmarks.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { runnerImport } from 'vite';
import { prepare, root } from './prepare.mjs';
import { say } from './run.mjs';
import { ensureTools } from './tools.mjs';

/** Each is the main export of a file of its name in test/bench, and returns its section. */
const BENCHES = ['stealth'];
const PAGE = join(root, 'docs/benchmarks.md');
const INTRODUCTION = `# Benchmarks

Measured by \`npm run bench\` (as root), which writes this page; the numbers are of the machine named, and of no other.
`;

async function bench(names) {
  const unknown = names.filter((name) => !BENCHES.includes(name));
  if (names.length === 0 || unknown.length > 0) {
    say(`Usage: npm run bench -- NAME…, of ${BENCHES.join(', ')}`);
    return 2;
  }
  if (process.getuid?.() !== 0) {
    say('Benchmarks need root (network namespaces, raw sockets): sudo npm run bench');
    return 1;
  }
  if ((await prepare()) !== 0 || (await ensureTools()) !== 0) return 1;
  for (const name of names) {
    say(`measuring ${name}…`);
    const section = `${await load(name).then((measure) => measure())}\n\n${circumstances()}`;
    process.stdout.write(`${section}\n`);
    await put(name, section);
  }
  return 0;
}

async function load(name) {
  const { module } = await runnerImport(join(root, `test/bench/${name}.ts`), {
    root,
    configFile: false,
    // Node 20 knows no `using`.
    oxc: { target: 'node20' },
    ssr: { resolve: { conditions: ['source'] } },
  });
  return module[name];
}

function circumstances() {
  const [{ model }] = cpus();
  const today = new Date().toISOString().slice(0, 10);
  return `Measured on ${today}: ${cpus().length} × ${model.trim()} (${arch()}), Linux ${release()}, Node ${process.versions.node}.`;
}

async function put(name, section) {
  const [start, end] = [`<!-- ${name}: generated -->`, `<!-- ${name}: end -->`];
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : INTRODUCTION;
  const block = `${start}\n\n${section}\n\n${end}`;
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  const next = from === -1 ? `${page}\n${block}\n` : page.slice(0, from) + block + page.slice(to + end.length);
  const style = JSON.parse(readFileSync(join(root, '.prettierrc.json'), 'utf8'));
  writeFileSync(PAGE, await format(next, { ...style, parser: 'markdown' }));
}

process.chdir(root);
process.exitCode = await bench(process.argv.slice(2));
