import { readFileSync } from 'node:fs';
import { loadSettings } from '../../../libs/config/load-settings.js';
import { knownKeys } from '../../../libs/config/settings-schema.js';
import { checkLoaded } from '../config-checks.js';
import { ConfigFolder } from '../config-folder.js';
import { mustEqual } from '../must.js';
import type { FuzzTarget } from '../target.js';

const YAML = 'knockgate.yaml';
const EXAMPLE = readFileSync(new URL('../../../knockgate.yaml', import.meta.url));
const KEYS = [[], ['doors', 'HTTP'], ['console'], ['limits']].flatMap((path) => knownKeys(path));
const WORDS = [
  'HTTP¦memory¦redis://127.0.0.1:6379¦127.0.0.1:80¦"[::]:80"¦http://127.0.0.1:8081¦tcp://[::1]:22¦10.0.0.0/8¦::1/128',
  '7000,8000¦7000:udp¦syn¦syn,!ack¦45s¦2m¦500ms¦closed¦cut¦drain¦v1¦sample¦none¦true¦null¦~¦__proto__¦constructor',
  `: ¦\n¦\n  ¦\n    ¦- ¦[¦]¦{¦}¦"¦'¦|¦>¦#¦---\n¦...\n¦%YAML 1.1\n¦? ¦\t¦<<¦*a¦&a ¦!!str ¦!!binary `,
].flatMap((words) => words.split('¦'));
const folder = new ConfigFolder();

/** knockgate.yaml: settings, or every fault with its line; nothing else, and the same each time. */
export const yaml: FuzzTarget = {
  name: 'yaml',
  covers: /\/(?:libs\/config\/|yaml\/dist\/)/u,
  words: [...KEYS.map((key) => `${key}: `), ...WORDS],
  maxBytes: 600,
  seeds: [EXAMPLE],
  run(input) {
    folder.write(YAML, input);
    const sources = { configFile: YAML, env: {}, cwd: folder.path };
    const loaded = loadSettings(sources);
    checkLoaded(loaded, { [YAML]: input.toString() });
    mustEqual('a config is read the same each time', loadSettings(sources), loaded);
  },
};
