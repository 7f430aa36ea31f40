// npm run bench [-- NAME…]: measures, and puts what was found into docs/benchmarks.md, with charts.
// npm run bench -- --quick [NAME…]: measures less, and prints a line a figure: name, ours, the peer's, the ratio.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arch, cpus, release } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import { runnerImport } from 'vite';
import { prepare, root } from './prepare.mjs';
import { say } from './run.mjs';
import { ensureTools, FOR_BENCHMARKS } from './tools.mjs';

/** Each is the main export of a file of its name in test/bench (test/bench/report.ts). */
const BENCHES = [
  'stealth',
  'http',
  'garbage',
  'tcp',
  'workers',
  'grants',
  'start',
  'knock',
  'shut',
  'flood',
  'listener',
];
const ROUNDS = { quick: 1, whole: 5 };
const PAGE = join(root, 'docs/benchmarks.md');
const CHARTS = 'benchmarks'; // beside the page
const INTRODUCTION = `# Benchmarks

Measured by \`npm run bench\` (as root), which writes this page; the numbers are of the machine named, and of no other.
`;

async function bench(args) {
  const quick = args.includes('--quick');
  const named = args.filter((arg) => arg !== '--quick');
  const unknown = named.filter((name) => !BENCHES.includes(name));
  if (unknown.length > 0) {
    say(
      `No such benchmark: ${unknown.join(', ')}. Usage: npm run bench -- [--quick] [NAME…], of ${BENCHES.join(', ')}`,
    );
    return 2;
  }
  if (process.getuid?.() !== 0) {
    say('Benchmarks need root (network namespaces, raw sockets): sudo npm run bench');
    return 1;
  }
  if ((await prepare()) !== 0 || (await ensureTools(FOR_BENCHMARKS)) !== 0) return 1;
  const { chart, quickLines, section } = await load('render-report');
  for (const name of named.length > 0 ? named : BENCHES) {
    say(`measuring ${name}…`);
    const report = await (await load(name))[name]({ quick, rounds: quick ? ROUNDS.quick : ROUNDS.whole });
    process.stdout.write(`${quickLines(report)}\n`);
    if (quick) continue;
    mkdirSync(join(root, 'docs', CHARTS), { recursive: true });
    for (const figure of report.figures.filter(({ peers }) => peers.length > 0)) {
      writeFileSync(join(root, 'docs', CHARTS, `${figure.name}.svg`), chart(figure));
    }
    await put(name, `${section(report, (figure) => `${CHARTS}/${figure.name}.svg`)}\n\n${circumstances()}`);
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
  return module;
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
