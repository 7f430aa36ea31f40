import type { IncomingHttpHeaders } from 'node:http';

export const SESSION_MS = 12 * 3_600_000;

/** Browsers keep cookies by host and not by port: so the port is in the name, as the browser has it. */
function nameFor({ host = '' }: IncomingHttpHeaders): string {
  const [, port = '80'] = /:(\d+)$/u.exec(host) ?? [];
  return `knockgate_console_${port}`;
}

/** The Set-Cookie field that begins a session, or ends it where there is none. */
export function sessionCookie(headers: IncomingHttpHeaders, session: string | undefined): string {
  const seconds = session === undefined ? 0 : SESSION_MS / 1000;
  return `${nameFor(headers)}=${session ?? ''}; Max-Age=${seconds}; Path=/; HttpOnly; SameSite=Strict`;
}

/** The session that a request's Cookie field says (RFC 6265, 5.4). */
export function sessionOf(headers: IncomingHttpHeaders): string | undefined {
  const name = `${nameFor(headers)}=`;
  const pair = headers.cookie?.split('; ').find((each) => each.startsWith(name));
  return pair?.slice(name.length);
}
