import { createServer, type RequestListener, type Server } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CONSOLE_HEADERS } from './console-headers.js';
import { hostRefusal, originRefusal } from './request-refusal.js';

const MAX_BODY_BYTES = 4096;
const MAX_HEADER_BYTES = 16 * 1024;
/** A name of a door, percent-encoded. */
const MAX_PARAM_LENGTH = 1024;
/** Of this host's users, who may hold connections open and say nothing. */
const MAX_CONNECTIONS = 256;
const HEADER_TIMEOUT_MS = 10_000;

/** A Fastify of the console's own, whose server we have listen: its socket was bound before. */
export class ConsoleFront {
  readonly adapter: FastifyAdapter;
  readonly server: Server;

  constructor() {
    this.server = createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADER_TIMEOUT_MS,
      requestTimeout: HEADER_TIMEOUT_MS,
      requireHostHeader: false, // its absence is answered below, like any other wrong one
    });
    this.server.maxConnections = MAX_CONNECTIONS;
    this.adapter = new FastifyAdapter({
      serverFactory: (handler: RequestListener) => this.server.on('request', handler),
      bodyLimit: MAX_BODY_BYTES,
      exposeHeadRoutes: false, // a HEAD of a stream has no end
      skipMiddie: true,
      routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
      // of an address that cannot be decoded: before any hook
      frameworkErrors: (_error: Error, { headers }: FastifyRequest, reply: FastifyReply) => {
        const refusal = hostRefusal(headers) ?? { status: 400, error: 'the address cannot be read; write it anew' };
        for (const [name, value] of Object.entries(CONSOLE_HEADERS)) reply.raw.setHeader(name, value);
        void reply.code(refusal.status).send({ error: refusal.error });
      },
    });
    const fastify = this.adapter.getInstance();
    fastify.removeAllContentTypeParsers(); // JSON alone: no form of another site can send it
    const parse = fastify.getDefaultJsonParser('error', 'error');
    fastify.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
      if (body === '')
        done(null); // a DELETE that says its type for all that
      else void parse(request, body, done);
    });
    fastify.addHook('onRequest', async (request, reply) => {
      const { raw } = reply;
      for (const [name, value] of Object.entries(CONSOLE_HEADERS)) raw.setHeader(name, value);
      const changes = request.method !== 'GET';
      const refusal = hostRefusal(request.headers) ?? (changes ? originRefusal(request.headers) : undefined);
      if (refusal !== undefined) await reply.code(refusal.status).send({ error: refusal.error });
    });
  }

  /** @param fd bound already; not on Linux: where to bind */
  listen(at: { readonly fd: number } | { readonly host: string; readonly port: number }): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(at, () => {
        this.server.off('error', reject);
        this.server.on('error', () => {}); // accept(2) failed, EMFILE for one: others go on
        resolve();
      });
    });
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}
