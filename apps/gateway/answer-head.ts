import { HeaderLines, isField, lowerCase } from './header-fields.js';
import { AnswerFault } from './upstream-fault.js';

/** How an answer's body is framed (RFC 9112, 6.3): so many bytes, chunked, or until the connection ends. */
export type AnswerFraming = number | 'chunked' | 'close';

/** The head of an upstream's answer. */
export interface AnswerHead {
  readonly status: number;
  readonly reason: string;
  readonly lines: HeaderLines;
  /** 0 where there is no body, whatever the fields say. */
  readonly framing: AnswerFraming;
  /** Whether another request may follow on the connection. */
  readonly keepsAlive: boolean;
  /** How long the upstream says that it keeps an idle connection open. */
  readonly keepAliveMs: number | undefined;
}

const STATUS_LINE = /^HTTP\/1\.[01] [1-9]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?$/u;
/** Where its parts are: a match with groups would make an array of them. */
const AT = { minor: 7, status: 9, statusEnd: 12, reason: 13 } as const;

/** Every line behind the first, with the line end before it; in one piece, since one by one takes several times as long. */
const FIELD_LINES = /^(?:\r\n[!#$%&'*+.^_`|~\w-]+:[\t\x20-\x7e\x80-\xff]*)*$/u;

/**
 * Reads the lines of a head, without the empty one at its end. SECURITY: stricter than RFC 9112 asks of a client, so that no
 * answer can be framed in two ways: no folded lines, no bare CR or LF, no second length, no coding but `chunked`.
 * @param method of the request @throws AnswerFault
 */
export function parseAnswerHead(text: string, method: string): AnswerHead {
  let end = lineEnd(text, 0);
  const statusLine = text.slice(0, end);
  if (!STATUS_LINE.test(statusLine)) fault('no status line');
  const isOld = statusLine[AT.minor] === '0';
  if (!FIELD_LINES.test(text.slice(end))) fault('a field that is none');
  const status = Number(statusLine.slice(AT.status, AT.statusEnd));
  const reason = statusLine.slice(AT.reason); // with or without the space before it, none is the empty one
  const raw: string[] = [];
  const names: string[] = [];
  let length: string | undefined;
  let coding: string | undefined;
  let keepAliveMs: number | undefined;
  while (end < text.length) {
    const start = end + 2;
    end = lineEnd(text, start);
    const colon = text.indexOf(':', start);
    const name = text.slice(start, colon);
    const value = withoutSpace(text, colon + 1, end);
    const known = lowerCase(name);
    raw.push(name, value);
    names.push(known);
    switch (known) {
      case 'keep-alive':
        keepAliveMs = timeoutOf(value);
        break;
      case 'content-length':
        if (length !== undefined) fault('two lengths');
        if (hasTab(text, colon, end)) fault('a tab beside a length');
        length = value;
        break;
      case 'transfer-encoding':
        if (coding !== undefined) fault('two codings');
        if (hasTab(text, colon, end)) fault('a tab beside a coding');
        coding = value;
        break;
      default:
    }
  }
  const framing = framingOf({ status, method, length, coding });
  const lines = new HeaderLines(raw, names);
  const isLast = framing === 'close' || (isOld && coding !== undefined); // RFC 9112, 6.1
  const keepsAlive = !isLast && staysOpen(lines.joined('connection'), !isOld);
  return { status, reason, lines, framing, keepsAlive, keepAliveMs };
}

/** Name and value of a line. @throws AnswerFault */
export function parseField(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':');
  const field = [line.slice(0, Math.max(0, colon)), withoutSpace(line, colon + 1, line.length)] as const;
  return isField(field) ? field : fault('a field that is none');
}

/** A part of it, without the white space on either side (RFC 9110, 5.6.3); trim() would take a no-break space too. */
function withoutSpace(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && isSpace(text.charCodeAt(start))) start += 1;
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isSpace(code: number): boolean {
  return code === 32 || code === 9;
}

/** RFC 9110, 5.6.3, allows it around a value; some readers take it for part of the value. */
function hasTab(text: string, from: number, to: number): boolean {
  const at = text.indexOf('\t', from);
  return at !== -1 && at < to;
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf('\r\n', start);
  return end === -1 ? text.length : end;
}

interface Framed {
  readonly status: number;
  readonly method: string;
  readonly length: string | undefined;
  readonly coding: string | undefined;
}

function framingOf({ status, method, length, coding }: Framed): AnswerFraming {
  if (length !== undefined && coding !== undefined) fault('a length and a coding');
  if (length !== undefined && !/^\d{1,15}$/u.test(length)) fault('a length that is none');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') fault('an unknown coding');
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 0;
  if (coding !== undefined) return 'chunked';
  return length === undefined ? 'close' : Number(length);
}

/** RFC 9112, 9.3. */
function staysOpen(connection: string | undefined, byDefault: boolean): boolean {
  if (connection === undefined) return byDefault;
  if (connection === 'keep-alive') return true;
  if (/(?:^|,)[\t ]*close[\t ]*(?:,|$)/iu.test(connection)) return false;
  return byDefault || /(?:^|,)[\t ]*keep-alive[\t ]*(?:,|$)/iu.test(connection);
}

function timeoutOf(keepAlive: string): number | undefined {
  const seconds = /(?:^|,)[\t ]*timeout=(\d{1,6})/iu.exec(keepAlive)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}

function fault(what: string): never {
  throw new AnswerFault(what);
}
