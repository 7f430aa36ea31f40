// npm run soak [-- --minutes N --seed N]: mixed traffic for a long time, in namespaces (test/soak). 30 minutes write docs/soak.md.
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { prepare, root } from './prepare.mjs';
import { say } from './run.mjs';
import { ensureTools, FOR_BENCHMARKS } from './tools.mjs';

process.chdir(root);
if (process.getuid?.() !== 0) {
  say('A soak needs root (network namespaces, raw sockets): sudo npm run soak');
  process.exit(1);
}
if ((await prepare()) !== 0 || (await ensureTools(FOR_BENCHMARKS)) !== 0) process.exit(1);
const { module } = await runnerImport(join(root, 'test/soak/soak-command.ts'), {
  root,
  configFile: false,
  // Node 20 knows no `using`.
  oxc: { target: 'node20' },
  ssr: { resolve: { conditions: ['source'] } },
});
process.exit(await module.soakCommand(process.argv.slice(2), root));
