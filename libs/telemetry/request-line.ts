import type { LogLevel } from './event-log.js';
import type { Event } from './event.js';

/** What JSON cannot hold as it is: quotes, backslashes, control characters, halves of a pair of surrogates. */
const ESCAPED = /["\\\p{Cc}\p{Cs}]/u;

export interface Line {
  readonly level: LogLevel;
  readonly msg: string;
  /** The field as pino takes it from us, with a comma before it. */
  readonly time: string;
}

/**
 * The line of a `request` in one piece, to the letter what pino makes of it. There is one for each request, and pino, which puts
 * it together field by field, leaves several times the garbage.
 */
export function requestLine(event: Event & { readonly event: 'request' }, { level, msg, time }: Line): string {
  const { ip, door, method, path, status, bytes, ms } = event;
  return `{"level":"${level}"${time},"event":"request","ip":"${inner(ip)}","door":"${inner(door)}","method":"${inner(method)}","path":"${inner(path)}","status":${status},"bytes":${bytes},"ms":${ms},"msg":"${inner(msg)}"}\n`;
}

/** What stands between the quotes. */
function inner(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text).slice(1, -1) : text;
}
