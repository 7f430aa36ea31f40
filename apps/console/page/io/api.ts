import type { EventsPage, Grant, Source } from '../model/api-types.js';
import type { EventFilter } from '../model/event-filter.js';

/** `status` 0: no answer. The message is for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const EVENTS_A_PAGE = 200;
const NO_ANSWER = 'the console does not answer; is "knockgate console" (or "up") running?';

/** The console's HTTP API. Everything rejects with ApiError. */
export const api = {
  async signIn(token: string): Promise<void> {
    await call('session', { method: 'POST', body: { token } });
  },

  async signOut(): Promise<void> {
    await call('session', { method: 'DELETE' });
  },

  /** Opens, or extends to at least as many seconds from now. */
  async grant({ door, ip }: Source, seconds: number): Promise<Grant> {
    const answer = await call('grants', { method: 'POST', body: { door, ip, seconds } });
    return (await answer.json()) as Grant;
  },

  async revoke({ door, ip }: Source): Promise<void> {
    await call(`grants/${encodeURIComponent(door)}/${encodeURIComponent(ip)}`, { method: 'DELETE' });
  },

  async events({ door, event, text }: EventFilter, before?: string, limit = EVENTS_A_PAGE): Promise<EventsPage> {
    const asked = { door, event, q: text.trim(), before: before ?? '', limit: String(limit) };
    const query = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''));
    const answer = await call(`events?${query.toString()}`);
    return (await answer.json()) as EventsPage;
  },
};

interface Call {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
}

async function call(path: string, { method = 'GET', body }: Call = {}): Promise<Response> {
  const sent =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  let answer: Response;
  try {
    answer = await fetch(`api/${path}`, { method, cache: 'no-store', ...sent });
  } catch {
    throw new ApiError(0, NO_ANSWER);
  }
  if (answer.ok) return answer;
  throw new ApiError(answer.status, await reasonOf(answer));
}

async function reasonOf(answer: Response): Promise<string> {
  try {
    const { error } = (await answer.json()) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // no JSON: something else than the console answered
  }
  return `the console answered ${answer.status}`;
}
