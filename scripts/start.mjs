// npm start: prepares the checkout, then becomes `knockgate up` with the arguments given.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

const code = await prepare();
if (code !== 0) process.exit(code);

// In this very process: signals, exit code and terminal are the program's own, and there is no child to be orphaned.
const main = join(root, 'dist/apps/cli/main.js');
process.argv = [process.execPath, main, 'up', ...process.argv.slice(2)];
await import(pathToFileURL(main).href);
