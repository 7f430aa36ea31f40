import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** Fastify's own compilers of schemas are a hundred files to load at each start. */
function noSchemas(): never {
  throw new Error('no route here has a schema');
}

/** Fastify keeps a rewritten request's own URL here. */
interface Rewritten extends IncomingMessage {
  originalUrl?: string;
}

/**
 * Fastify in front of all doors' servers. It never listens itself: each listen address has a server of its own, behind
 * the gate, whose requests come in through `listener`. Every request is handed on before Fastify reads its body,
 * decodes its path or looks for a route, so that what the upstream gets is what the client sent.
 */
export class FastifyFront {
  readonly adapter: FastifyAdapter;
  private routing: RequestListener | undefined;

  constructor() {
    this.adapter = new FastifyAdapter({
      serverFactory: (handler: RequestListener) => {
        this.routing = handler;
        return createServer();
      },
      rewriteUrl: () => '/', // the router must not stumble over a path that only the upstream understands
      skipMiddie: true,
      schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    });
  }

  get listener(): RequestListener {
    return (request, response) => this.routing!(request, response);
  }

  /** To be awaited before the first request. */
  async ready(): Promise<void> {
    await this.adapter.getInstance().ready();
  }

  /** Sends every request here, ahead of routing. */
  handOver(handle: (request: IncomingMessage, response: ServerResponse) => void): void {
    this.adapter.getInstance().addHook('onRequest', (request, reply) => {
      const raw: Rewritten = request.raw;
      raw.url = raw.originalUrl ?? raw.url ?? '';
      reply.hijack();
      handle(raw, reply.raw); // that is all: of a request that was taken over Fastify is not to hear again
    });
  }
}
