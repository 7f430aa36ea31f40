import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { parseAddress } from '#address';
import type { Settings } from '#config';
import { SETTINGS } from '#runtime';
import { EventLog } from '#telemetry';
import { controlPath } from './control-folder.js';
import { KnockListener } from './knock-listener.js';
import { sourcesAnswer, whyAnswer } from './why-answer.js';

const MAX_CONNECTIONS = 8;
const MAX_HEADER_BYTES = 4096;
const REQUEST_MS = 2000;
const BASE = 'http://control';

interface Answer {
  readonly status: number;
  readonly body: object;
}

/**
 * Answers the operator's questions about what was heard, over HTTP on a unix socket: `GET /why?ip=IP[&door=DOOR]` and
 * `GET /sources`. Without it the listener works as well.
 *
 * SECURITY: the answers have ports of sequences. Only root and this process's own user get at the socket: by the mode of
 * its folder, and by its own.
 */
@Injectable()
export class ControlSocket implements OnApplicationBootstrap, OnApplicationShutdown {
  private server: Server | undefined;
  private path: string | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(KnockListener) private readonly listener: KnockListener,
    @Inject(EventLog) private readonly log: EventLog,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { control } = this.settings;
    if (control === undefined) return;
    try {
      await this.open(await controlPath(control));
    } catch (error) {
      this.log.emit({ event: 'control_unavailable', reason: (error as Error).message });
    }
  }

  /** A process that has become another user cannot take its socket away: the next one does. */
  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
    try {
      if (this.path !== undefined) rmSync(this.path, { force: true });
    } catch {
      // as said
    }
  }

  private async open(path: string): Promise<void> {
    const bounds = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS };
    const server = createServer({ ...bounds, connectionsCheckingInterval: REQUEST_MS / 4 }, (request, response) =>
      this.answer(request, response),
    );
    server.maxConnections = MAX_CONNECTIONS;
    server.listen(path);
    await once(server, 'listening');
    server.on('error', (error) => this.log.emit({ event: 'control_unavailable', reason: error.message }));
    this.server = server;
    this.path = path;
    chmodSync(path, 0o600);
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { status, body } = this.answerTo(request);
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
    response.end(JSON.stringify(body));
  }

  private answerTo({ method, url = '' }: IncomingMessage): Answer {
    if (method !== 'GET') return { status: 405, body: { error: 'only GET' } };
    const parsed = URL.canParse(url, BASE) ? new URL(url, BASE) : undefined;
    const { journal, heardBy } = this.listener;
    if (parsed?.pathname === '/sources') return { status: 200, body: sourcesAnswer({ journal, heardBy }) };
    if (parsed?.pathname !== '/why')
      return { status: 404, body: { error: 'there is /why?ip=IP&door=DOOR, and /sources' } };
    const source = parseAddress(parsed.searchParams.get('ip') ?? '');
    if (source === undefined) return { status: 400, body: { error: 'ip: not an IP address' } };
    const door = parsed.searchParams.get('door') ?? undefined;
    return { status: 200, body: whyAnswer({ journal, heardBy }, source, door) };
  }
}
