import { STATUS_CODES } from 'node:http';
import { closingPage, openPage, STATUS_PAGE_POLICY } from './status-page.js';

/** What a request at a status path has come to. */
export type StatusOutcome =
  | { readonly kind: 'open'; readonly door: string; readonly ip: string; readonly secondsLeft: number }
  | { readonly kind: 'closed' }
  /** The store could not be asked. */
  | { readonly kind: 'not closed' }
  /** Another site's page has sent it. */
  | { readonly kind: 'foreign' }
  | { readonly kind: 'method' };

export interface StatusAnswer {
  readonly status: number;
  readonly fields: Readonly<Record<string, string | number>>;
  readonly body: string;
}

const CLOSED = 'The door is closed.';
const NOT_CLOSED = 'The door could not be closed now. Try again, or let its time run out.';
const FOREIGN = "This was sent by another site's page, which cannot close the door.";

/** @param wantsPage the client is a browser, with a person before it */
export function statusAnswer(outcome: StatusOutcome, wantsPage: boolean): StatusAnswer {
  switch (outcome.kind) {
    case 'open': {
      const { door, ip, secondsLeft } = outcome;
      if (wantsPage) return html(200, openPage(ip, secondsLeft));
      return answer(200, 'application/json', `${JSON.stringify({ door, ip, seconds_left: secondsLeft })}\n`);
    }
    case 'closed':
      return wantsPage ? html(200, closingPage(CLOSED)) : { status: 204, fields: PRIVATE, body: '' };
    case 'not closed':
      return wantsPage ? html(503, closingPage(NOT_CLOSED)) : answer(503, 'text/plain', `${NOT_CLOSED}\n`);
    case 'foreign':
      return answer(403, 'text/plain', `${FOREIGN}\n`);
    case 'method': {
      const { status, fields, body } = answer(405, 'text/plain', `${STATUS_CODES[405]}\n`);
      return { status, fields: { ...fields, Allow: 'GET, HEAD, POST' }, body };
    }
    default: {
      const exhaustive: never = outcome;
      return exhaustive;
    }
  }
}

/** The answer as bytes, where it is the connection's last. */
export function lastAnswerText({ status, fields, body }: StatusAnswer): string {
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}Connection: close\r\n\r\n${body}`;
}

/** SECURITY: for this client's eyes; other sites' pages cannot load it either. */
const PRIVATE = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

function answer(status: number, type: string, body: string): StatusAnswer {
  return { status, fields: { ...PRIVATE, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }, body };
}

function html(status: number, page: string): StatusAnswer {
  const { fields, body } = answer(status, 'text/html; charset=utf-8', page);
  // no-referrer would have the browser name no origin with the POST either (Fetch, 3.2)
  const policies = { 'Content-Security-Policy': STATUS_PAGE_POLICY, 'Referrer-Policy': 'same-origin' };
  return { status, fields: { ...fields, ...policies }, body };
}
