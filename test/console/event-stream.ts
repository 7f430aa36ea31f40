import { type IncomingMessage, request } from 'node:http';
import { vi } from 'vitest';

export interface Message {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads server-sent events, as an EventSource does. */
export class EventStream implements Disposable {
  readonly messages: Message[] = [];
  ended = false;
  private rest = '';

  private constructor(private readonly response: IncomingMessage) {
    response.setEncoding('utf8').on('data', (part: string) => this.take(part));
    for (const event of ['end', 'error', 'close']) response.on(event, () => (this.ended = true));
  }

  /** @throws (rejects) if the answer is none */
  static open(url: string, headers: Readonly<Record<string, string>>): Promise<EventStream> {
    return new Promise((resolve, reject) => {
      const asked = request(url, { headers, agent: false }, (response) => {
        if (response.statusCode === 200) resolve(new EventStream(response));
        else reject(new Error(`${url}: ${response.statusCode}`));
      });
      asked.on('error', reject).end();
    });
  }

  of<T>(event: string): T[] {
    return this.messages.filter((message) => message.event === event).map(({ data }) => data as T);
  }

  /** Waits until something that was told fits. */
  async until<T>(event: string, fits: (data: T) => boolean, timeout = 10_000): Promise<T> {
    return vi.waitFor(
      () => {
        const found = this.of<T>(event).find(fits);
        if (found === undefined) throw new Error(`no such ${event} among ${this.messages.length} messages`);
        return found;
      },
      { timeout, interval: 20 },
    );
  }

  /** Reads no more; what is sent stays with the sender. */
  pause(): void {
    this.response.pause();
  }

  resume(): void {
    this.response.resume();
  }

  [Symbol.dispose](): void {
    this.response.destroy();
  }

  private take(part: string): void {
    const blocks = (this.rest + part).split('\n\n');
    this.rest = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/u, 2) as [string, string]));
      const data = fields.get('data');
      if (data !== undefined) {
        this.messages.push({ event: fields.get('event')!, data: JSON.parse(data) as Message['data'] });
      }
    }
  }
}
