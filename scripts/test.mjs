// npm test: from a clean checkout to one plain last line, `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { run, say } from './run.mjs';
import { ensureTools } from './tools.mjs';

const NOTHING_RAN = { passed: 0, failed: 1, skipped: 0 };

async function test(args) {
  if (process.getuid?.() !== 0) {
    say('The tests need root (network namespaces, raw sockets): sudo npm test');
    return NOTHING_RAN;
  }
  if ((await prepare()) !== 0 || (await ensureTools()) !== 0) return NOTHING_RAN;
  const directory = mkdtempSync(join(tmpdir(), 'knockgate-test-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  return vitest(args, join(directory, 'report.json'));
}

async function vitest(args, report) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const bin = join(root, 'node_modules/vitest/vitest.mjs');
  const { code } = await run(process.execPath, [bin, 'run', ...reporters, ...args]);
  return tally(report, code);
}

function tally(report, code) {
  const results = readReport(report);
  if (results === undefined) return NOTHING_RAN;
  const passed = results.numPassedTests;
  let failed = results.numFailedTests + results.testResults.filter(failedWithoutTest).length;
  // Unhandled errors fail vitest without failing a test; and a run in which no test ran has shown nothing.
  if (failed === 0 && (code !== 0 || passed === 0)) failed = 1;
  return { passed, failed, skipped: results.numPendingTests + results.numTodoTests };
}

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** A file that could not be loaded, or whose hooks failed, has no failed test to be counted. */
function failedWithoutTest(suite) {
  return suite.status === 'failed' && !suite.assertionResults.some(({ status }) => status === 'failed');
}

process.chdir(root);
const { passed, failed, skipped } = await test(process.argv.slice(2));
process.stdout.write(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
process.exitCode = failed > 0 ? 1 : 0;
