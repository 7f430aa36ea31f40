import type { Changes, Pulse, State } from '../model/api-types.js';
import type { Link } from '../model/page-state.js';
import { retryDelayMs } from '../model/retry-delay.js';

interface Messages {
  readonly state: State;
  readonly changes: Changes;
  readonly pulse: Pulse;
}

export interface StreamHandlers {
  state(state: State): void;
  changes(changes: Changes): void;
  pulse(pulse: Pulse): void;
  link(link: Link): void;
  /** Asked before a new try, for an event stream does not say why it was refused. */
  mayConnect(): Promise<boolean>;
}

/** A pulse comes each second, each few seconds from a store that hangs; after this long the other side is taken for gone. */
const SILENCE_MS = 8000;

/** The console's event stream, begun again with growing pauses for as long as it may be. */
export class LiveStream {
  #source: EventSource | undefined;
  #timer: number | undefined;
  #tries = 0;
  /** Another one after each start and stop, so that what was asked before comes to nothing. */
  #turn = 0;

  constructor(private readonly handlers: StreamHandlers) {}

  start(): void {
    this.stop();
    this.handlers.link({ kind: 'connecting' });
    this.#connect();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
    this.#tries = 0;
    this.#turn += 1;
  }

  /** Without waiting for the end of the pause. */
  retryNow(): void {
    if (this.#source === undefined) void this.#retry();
  }

  #connect(): void {
    const source = new EventSource('api/stream');
    this.#source = source;
    const on = <Name extends keyof Messages>(name: Name, take: (message: Messages[Name]) => void): void => {
      source.addEventListener(name, (event) => {
        this.#watch();
        take(JSON.parse((event as MessageEvent<string>).data) as Messages[Name]);
      });
    };
    on('state', (state) => {
      this.#tries = 0;
      this.handlers.state(state);
    });
    on('changes', (changes) => this.handlers.changes(changes));
    on('pulse', (pulse) => this.handlers.pulse(pulse));
    source.addEventListener('error', () => this.#lost());
    this.#watch();
  }

  #watch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lost(), SILENCE_MS);
  }

  #lost(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = undefined;
    const pauseMs = retryDelayMs(this.#tries);
    this.#tries += 1;
    this.handlers.link({ kind: 'lost', retryAtMs: performance.now() + pauseMs });
    this.#timer = setTimeout(() => void this.#retry(), pauseMs);
  }

  async #retry(): Promise<void> {
    clearTimeout(this.#timer);
    this.#turn += 1;
    const turn = this.#turn;
    const may = await this.handlers.mayConnect().catch(() => undefined);
    if (turn !== this.#turn) return;
    if (may === undefined) this.#lost();
    else if (may) this.#connect();
  }
}
