// npm run fuzz [-- TARGET…] [--seconds N]: feeds what strangers could send to everything that reads it (test/fuzz).
import { join } from 'node:path';
import { runnerImport } from 'vite';
import { prepare, root } from './prepare.mjs';

process.chdir(root);
if ((await prepare()) !== 0) process.exit(1);
const { module } = await runnerImport(join(root, 'test/fuzz/fuzz-command.ts'), {
  root,
  configFile: false,
  // Node 20 knows no `using`.
  oxc: { target: 'node20' },
  environments: { inline: { resolve: { conditions: ['source'] } } },
});
process.exit(await module.fuzzCommand(process.argv.slice(2), join(root, 'test/fuzz')));
