import { createRequire } from 'node:module';
import type HttpProxy from 'http-proxy';

const require = createRequire(import.meta.url);

/**
 * http-proxy 1.18 takes `util._extend` when it is loaded and calls it for each request; Node deprecates that with a
 * warning (DEP0060). It is Object.assign under an old name, so http-proxy is given that instead.
 */
export function loadHttpProxy(): typeof HttpProxy {
  (require('node:util') as { _extend: unknown })._extend = Object.assign;
  return require('http-proxy') as typeof HttpProxy;
}
