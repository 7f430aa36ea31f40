import type { Grant, Source } from '../model/api-types.js';
import { type EventFilter, anyEvent } from '../model/event-filter.js';
import { initialLog, reduceLog } from '../model/log-state.js';
import { initialState, reducePage } from '../model/page-state.js';
import { Store } from '../model/store.js';
import { ApiError, api } from './api.js';
import { LiveStream } from './live-stream.js';
import { tokenInAddress } from './token-in-address.js';

/** `asking`: not known yet whether there is a session. */
export type Session =
  | { readonly kind: 'asking' }
  | { readonly kind: 'open' }
  | { readonly kind: 'needed'; readonly why: string | undefined };

const TYPING_RESTS_MS = 200;
const UNAUTHORIZED = 401;
const ENDED = 'The session has ended.';

/** What the page knows of the console, and all that it can have it do. */
export class ConsoleClient {
  readonly page = new Store(reducePage, initialState);
  readonly log = new Store(reduceLog, initialLog);
  readonly session = new Store((_: Session, next: Session): Session => next, { kind: 'asking' });

  #asking: number | undefined;
  readonly #stream = new LiveStream({
    state: (state) => {
      const known = this.page.state.overview !== undefined;
      this.session.dispatch({ kind: 'open' });
      this.page.dispatch({ type: 'state', state, atMs: performance.now() });
      if (known) this.log.dispatch({ type: 'restart' });
      this.#fillLog();
    },
    changes: (changes) => {
      this.page.dispatch({ type: 'changes', changes, atMs: performance.now() });
      if (changes.events.length > 0) this.log.dispatch({ type: 'live', events: changes.events });
    },
    pulse: (pulse) => this.page.dispatch({ type: 'pulse', pulse, atMs: performance.now() }),
    link: (link) => this.page.dispatch({ type: 'link', link }),
    mayConnect: () => this.#hasSession(),
  });

  /** By the link's token if there is one, else by the cookie. */
  async start(): Promise<void> {
    addEventListener('hashchange', () => void this.#signInByLink());
    if (!(await this.#signInByLink())) await this.#resume();
  }

  /** @throws (rejects) ApiError, the form stays */
  async signIn(token: string): Promise<void> {
    await api.signIn(token);
    this.#stream.start();
  }

  async signOut(): Promise<void> {
    await api.signOut();
    this.#end(undefined);
  }

  retryNow(): void {
    this.#stream.retryNow();
  }

  async letIn(source: Source, seconds: number): Promise<Grant> {
    const grant = await this.#watched(api.grant(source, seconds));
    this.page.dispatch({ type: 'granted', grant, atMs: performance.now() });
    return grant;
  }

  async revoke(source: Source): Promise<void> {
    await this.#watched(api.revoke(source));
    this.page.dispatch({ type: 'revoked', source });
  }

  /** Acts at once on what is known; the console, which has to search, is asked when the typing rests. */
  filter(change: Partial<EventFilter>): void {
    this.log.dispatch({ type: 'filter', filter: { ...this.log.state.filter, ...change } });
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#fillLog(), TYPING_RESTS_MS);
  }

  pauseLog(): void {
    this.log.dispatch({ type: 'pause' });
  }

  resumeLog(): void {
    this.log.dispatch({ type: 'resume' });
    this.#fillLog();
  }

  /** The newest, or those before the oldest that are known. */
  async loadOlder(): Promise<void> {
    const { older, filter } = this.log.state;
    if (older.kind === 'asking' || older.kind === 'none') return;
    const before = older.kind === 'unasked' ? undefined : older.before;
    this.log.dispatch({ type: 'asking' });
    const { turn } = this.log.state;
    try {
      const page = await this.#watched(api.events(filter, before));
      this.page.dispatch({ type: 'past', events: page.events });
      this.log.dispatch({ type: 'page', page, turn, before });
    } catch (error) {
      this.log.dispatch({ type: 'failed', error: (error as Error).message, turn, before });
    }
  }

  #fillLog(): void {
    if (this.log.state.older.kind === 'unasked') void this.loadOlder();
  }

  async #signInByLink(): Promise<boolean> {
    const token = tokenInAddress(location.hash);
    if (token === undefined) return false;
    // SECURITY: before anything else, so that it stays neither in the address bar nor in the history.
    history.replaceState(null, '', location.pathname + location.search);
    try {
      await this.signIn(token);
    } catch (error) {
      this.session.dispatch({ kind: 'needed', why: (error as Error).message });
    }
    return true;
  }

  async #resume(): Promise<void> {
    const may = await this.#hasSession().catch(() => true);
    if (may) this.#stream.start();
  }

  /** Rejects with ApiError if that cannot be told. */
  async #hasSession(): Promise<boolean> {
    try {
      await api.events(anyEvent, undefined, 1);
      return true;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status === 0) throw error;
      if (error.status !== UNAUTHORIZED) return true;
      this.#end(this.session.state.kind === 'open' ? ENDED : undefined);
      return false;
    }
  }

  async #watched<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (error instanceof ApiError && error.status === UNAUTHORIZED) this.#end(ENDED);
      throw error;
    }
  }

  #end(why: string | undefined): void {
    this.#stream.stop();
    this.session.dispatch({ kind: 'needed', why });
  }
}
