import { TcpFlag } from '#wire';
import type { FlagRule } from './door.js';

/**
 * Whether a TCP packet with these flag bits counts as a knock under knockd's `tcpflags` (knockd(1)): packets that do
 * not match are ignored, they neither advance nor void an attempt.
 *
 * A door without `tcpflags` takes every packet but a RST: that is only ever the answer to something, and on loopback
 * our own host answers each knock at a closed port with one, which would void the attempt that it belongs to.
 */
export function matchesFlags(rule: FlagRule, flags: number): boolean {
  if (rule.set === 0 && (flags & TcpFlag.RST) !== 0) return false;
  return (flags & rule.set) === rule.set && (flags & rule.clear) === 0;
}
