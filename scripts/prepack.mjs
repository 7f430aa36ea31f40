// Before npm pack: what goes into the tarball is built, and the lock goes with it, under the one name that npm packs.
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';

const code = await prepare();
if (code !== 0) process.exit(code);
copyFileSync(join(root, 'package-lock.json'), join(root, 'npm-shrinkwrap.json'));
