import { createRequire } from 'node:module';
import type rawSocket from 'raw-socket';
import { CaptureRefused } from './capture.js';

const require = createRequire(import.meta.url);

/**
 * npm raw-socket, a native addon that is compiled where it is installed, and an optional dependency: without a C++
 * toolchain, or with a Node that it does not compile for, it is not there. Loaded when asked for: a gateway needs none.
 * @throws CaptureRefused if it is not there
 */
export function loadRawSocket(): typeof rawSocket {
  try {
    return require('raw-socket') as typeof rawSocket;
  } catch (error) {
    throw new CaptureRefused(
      'capture: raw: npm raw-socket is not built for this Node, as it is at an installation; write capture: packet (or auto)',
      { cause: error },
    );
  }
}

export function hasRawSocket(): boolean {
  try {
    loadRawSocket();
    return true;
  } catch {
    return false;
  }
}
