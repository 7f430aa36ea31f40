import type { DoorSettings } from '#config';
import type { Door } from './api-schemas.js';

/** SECURITY: what an operator may see of a door, field by field: never its sequence, nor a password in its upstream. */
export function doorView(door: DoorSettings): Door {
  const { name, listen, mode, hide, upstream, sequence, seqTimeoutMs, cmdTimeoutMs } = door;
  return {
    name,
    listen: listen.map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`)),
    mode,
    hide,
    upstream,
    stages: sequence.length,
    seq_timeout: seqTimeoutMs / 1000,
    cmd_timeout: cmdTimeoutMs / 1000,
  };
}
