import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server as HttpServer,
} from 'node:http';
import { createServer as createTcpServer, isIPv6, type Server, Socket } from 'node:net';
import type { ListenAddress, Settings } from '#config';
import type { DoorConnection } from './door-connection.js';
import { withoutUpgrade } from './upgrade-request.js';

/** Header fields of one request together; nginx's default is 32 KiB too (large_client_header_buffers). */
const MAX_HEADER_BYTES = 32 * 1024;
/** Connections that the kernel completes before we accept them; the kernel caps it at net.core.somaxconn. */
export const BACKLOG = 4096;
/** Of relayed connections, on both sides: nobody else asks whether a silent peer is still there (tcp(7), TCP_KEEPIDLE). */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

/** The listening socket could not be had; the message is the system's error code. */
export class ListenFailed extends Error {
  override readonly name = 'ListenFailed';
}

/** Decides at accept, before a byte is read. Has ended the connection itself if it answers undefined. */
type Admit = (socket: Socket) => DoorConnection | undefined;

export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  /** What came behind the request. */
  readonly head: Buffer;
  /** Reads on as if nobody had wished to upgrade; the connection must have no exchange under way. */
  readonly ignore: () => void;
}

export interface HttpHandlers {
  readonly admit: Admit;
  /** Makes known whose connection the requests to come are on. */
  readonly serve: (connection: DoorConnection) => void;
  readonly request: RequestListener;
  /** A wish to upgrade, at which Node stops reading HTTP. */
  readonly upgrade: (upgrade: UpgradeRequest) => void;
  /** Bytes that are no request, or none that came in time. */
  readonly unreadable: (error: NodeJS.ErrnoException, socket: Socket) => void;
}

export interface TcpHandlers {
  readonly admit: Admit;
  readonly relay: (connection: DoorConnection) => void;
}

/** The listening socket of one address of a door. */
export class DoorServer {
  private constructor(
    private readonly server: Server,
    private readonly address: ListenAddress,
  ) {}

  static http(address: ListenAddress, limits: Settings['limits'], handlers: HttpHandlers): DoorServer {
    const server = createHttpServer({
      keepAliveTimeout: limits.idleTimeoutMs,
      headersTimeout: limits.headerTimeoutMs,
      requestTimeout: 0, // an upload may take as long as its grant lasts
      connectionsCheckingInterval: Math.min(1000, limits.headerTimeoutMs),
      maxHeaderSize: MAX_HEADER_BYTES,
      requireHostHeader: false, // Node would answer by itself, before the gate is asked
      noDelay: true,
    });
    // SECURITY: what is bounded is their size. Beyond a count Node drops fields silently, after its parser heeded them:
    // a body whose Content-Length we do not see is a second request to the upstream.
    server.maxHeadersCount = 0;
    // of what was read at once, the parser hands over also what is behind the request for which a connection was ended
    const onRequest: RequestListener = (request, response) => {
      if (request.socket.writable) handlers.request(request, response);
      else stopParser(request.socket);
    };
    for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, onRequest);
    server.on('clientError', (error, socket) => handlers.unreadable(error, socket as Socket));
    gateFirst(server, handlers);
    return new DoorServer(server, address);
  }

  static tcp(address: ListenAddress, { admit, relay }: TcpHandlers): DoorServer {
    const server = createTcpServer({ allowHalfOpen: true, noDelay: true, ...KEEP_ALIVE }, (socket) => {
      const connection = admit(socket);
      if (connection !== undefined) relay(connection);
    });
    return new DoorServer(server, address);
  }

  /** @param at a socket that is bound to the address already @throws ListenFailed */
  listen(at?: number | Socket): Promise<void> {
    const { host, port } = this.address;
    // an IPv6 address takes IPv6 only, as in nginx: IPv4 has addresses of its own
    const where = typeof at === 'number' ? { fd: at } : (at ?? { host, port, ipv6Only: isIPv6(host) });
    return new Promise((resolve, reject) => {
      this.server.once('error', (error: NodeJS.ErrnoException) => {
        reject(new ListenFailed(error.code ?? error.message, { cause: error }));
      });
      const listening = (): void => {
        this.server.removeAllListeners('error');
        this.server.on('error', () => {}); // accept(2) failed, EMFILE for one: that connection is lost, others go on
        resolve();
      };
      // a socket that came from another process is taken as it is, and has a handle beneath it
      if (where instanceof Socket) this.server.listen(where, BACKLOG, listening);
      else this.server.listen({ ...where, backlog: BACKLOG }, listening);
    });
  }

  /** Stops accepting. Open connections are the registry's to end. */
  close(): void {
    this.server.close();
  }
}

/**
 * Has Node's parser give up what it has read at once, 64 KiB, which can be thousands of requests. It has no API for that, but asks
 * at each header whether to go on; where it does not ask (another Node), it goes on.
 */
function stopParser(socket: Socket & { readonly parser?: { onIncoming?: () => number } | null }): void {
  if (socket.parser?.onIncoming !== undefined) socket.parser.onIncoming = () => -1;
}

/** SECURITY: Node's own listener, which begins to read, is called only for a connection that the gate lets in. */
function gateFirst(server: HttpServer, { admit, serve, upgrade }: HttpHandlers): void {
  const [read] = server.listeners('connection') as [(this: HttpServer, socket: Socket) => void];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const connection = admit(socket);
    if (connection === undefined) return;
    serve(connection);
    read.call(server, socket);
  });
  server.on('upgrade', (request, stream, head) => {
    const socket = stream as Socket;
    const ignore = (): void => {
      socket.unshift(Buffer.concat([withoutUpgrade(request), head]));
      read.call(server, socket);
    };
    upgrade({ request, socket, head, ignore });
  });
}
