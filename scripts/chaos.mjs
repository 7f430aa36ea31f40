// npm run chaos [-- --rounds N --seed N --minutes N]: takes parts away and brings them back, under load (test/chaos).
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { prepare, root } from './prepare.mjs';
import { say } from './run.mjs';
import { ensureTools } from './tools.mjs';

process.chdir(root);
if (process.getuid?.() !== 0) {
  say('Chaos needs root (network namespaces, raw sockets): sudo npm run chaos');
  process.exit(1);
}
if ((await prepare()) !== 0 || (await ensureTools()) !== 0) process.exit(1);
const { module } = await runnerImport(join(root, 'test/chaos/chaos-command.ts'), {
  root,
  configFile: false,
  // Node 20 knows no `using`.
  oxc: { target: 'node20' },
  environments: { inline: { resolve: { conditions: ['source'] } } },
});
process.exit(await module.chaosCommand(process.argv.slice(2)));
