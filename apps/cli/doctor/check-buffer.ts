import { readFileSync } from 'node:fs';
import { hasCapability } from '#kernel';
import { RECEIVE_BUFFER_BYTES } from '../../listener/index.js';
import type { Check } from './check.js';
import { type Finding, findingsOn } from './finding.js';

const { ok, warning, skipped } = findingsOn('buffer');
const LIMIT = '/proc/sys/net/core/rmem_max';

/** Whether a burst of knocks finds room while the listener is busy. */
export const checkBuffer: Check = {
  topic: 'buffer',
  role: 'listener',
  look() {
    if (process.platform !== 'linux') return [skipped('net.core.rmem_max is Linux')];
    return [judgeBuffer(limit(), hasCapability('NET_ADMIN'))];
  },
};

/**
 * @param bytes net.core.rmem_max; undefined where a container has no view of it
 * @param mayExceed SO_RCVBUFFORCE goes past it, with CAP_NET_ADMIN (socket(7))
 */
export function judgeBuffer(bytes: number | undefined, mayExceed: boolean): Finding {
  const wanted = RECEIVE_BUFFER_BYTES;
  if (mayExceed) return ok(`the listener gets the receive buffer that it asks for (${wanted} bytes), by CAP_NET_ADMIN`);
  if (bytes === undefined) return skipped(`${LIMIT} cannot be read here; it should be at least ${wanted}`);
  if (bytes >= wanted) return ok(`net.core.rmem_max is ${bytes}, the listener asks for ${wanted}`);
  const what = `net.core.rmem_max is ${bytes}, the listener asks for ${wanted}: bursts of knocks may be lost`;
  const file = '/etc/sysctl.d/60-knockgate.conf';
  return warning(what, `echo net.core.rmem_max=${wanted} | sudo tee ${file} && sudo sysctl -p ${file}`);
}

function limit(): number | undefined {
  try {
    return Number(readFileSync(LIMIT, 'utf8'));
  } catch {
    return undefined;
  }
}
