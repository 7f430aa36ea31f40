// After npm pack: in a checkout there is one lock, package-lock.json.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

rmSync(join(root, 'npm-shrinkwrap.json'), { force: true });
