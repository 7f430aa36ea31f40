import { readFile, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { freePort } from '../lab/free-port.js';
import { Knockgate, type KnockgateOptions } from '../lab/knockgate.js';
import type { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** A `knockgate console` of its own, with its folder and port. */
export class ConsoleLab implements AsyncDisposable {
  readonly config: string;
  token = '';

  private constructor(
    readonly folder: TempDir,
    readonly port: number,
    private readonly redis: RedisServer,
  ) {
    this.config = folder.file('knockgate.yaml');
  }

  static async create(redis: RedisServer): Promise<ConsoleLab> {
    const lab = new ConsoleLab(await TempDir.create('console'), await freePort(), redis);
    await lab.write();
    return lab;
  }

  /** Its config: the doors HTTP and SSH, and what else is given. */
  async write(more = '', doors = ''): Promise<void> {
    const text = `
store: ${this.redis.url}
console: { listen: '127.0.0.1:${this.port}', token_file: ./state/token }
${more}
doors:
  HTTP: { sequence: '7341,6120,9853,8264', seq_timeout: 45, cmd_timeout: 59, listen: '127.0.0.1:8990', upstream: sample }
  SSH: { sequence: '7342,6121', listen: '127.0.0.1:8991', upstream: 'tcp://127.0.0.1:22' }
${doors}
`;
    await writeFile(this.config, text);
  }

  async start(options: KnockgateOptions = {}): Promise<Knockgate> {
    const knockgate = await Knockgate.start(['console', '--config', this.config], { ready: /"ready: /u, ...options });
    this.token = (await readFile(this.folder.file('state/token'), 'utf8')).trim();
    return knockgate;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get bearer(): Record<string, string> {
    return { authorization: `Bearer ${this.token}` };
  }

  /** By node:http, which sends whatever fields it is told. */
  ask(path: string, { method = 'GET', headers = {}, body }: Asking = {}): Promise<Answer> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const fields = text === undefined ? headers : { 'content-type': 'application/json', ...headers };
    return new Promise((resolve, reject) => {
      const asked = request(`${this.url}${path}`, { method, headers: fields, agent: false }, (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (part: string) => (answer += part));
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text: answer }));
      });
      asked.on('error', reject);
      asked.end(text);
    });
  }

  /** With the token; the answer's JSON. */
  async json<T>(path: string, asking: Asking = {}): Promise<T> {
    const { status, text } = await this.ask(path, { ...asking, headers: { ...this.bearer, ...asking.headers } });
    if (status >= 300) throw new Error(`${path}: ${status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.folder.remove();
  }
}
