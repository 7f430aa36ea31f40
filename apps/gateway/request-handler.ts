import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { monotonicMs } from '#grants';
import { EventLog } from '#telemetry';
import { asksForStatus } from './asks-for-status.js';
import { clientAddress } from './client-address.js';
import { ConnectionRegistry } from './connection-registry.js';
import type { DoorConnection } from './door-connection.js';
import type { UpgradeRequest } from './door-server.js';
import { GrantCheck } from './grant-check.js';
import { HeaderLines, headerObject } from './header-fields.js';
import { HttpForwarder } from './http-forwarder.js';
import { plainAnswer, plainAnswerText } from './plain-answer.js';
import { relayAnswer } from './relay-answer.js';
import { requestFault, requestFraming, requestTarget, type RequestTarget } from './request-fault.js';
import { requestHeaders } from './request-headers.js';
import { StatusHandler } from './status-handler.js';
import { Traffic } from './traffic.js';
import { UpgradeForwarder } from './upgrade-forwarder.js';
import { isWebSocket } from './upgrade-request.js';
import { upstreamReason, upstreamStatus } from './upstream-fault.js';

/** A request that may go on: on which connection, for which client, to which target. */
interface Passed {
  readonly connection: DoorConnection;
  /** Canonical. */
  readonly client: string;
  readonly target: RequestTarget;
  readonly lines: HeaderLines;
}

/** On the socket itself: a WeakMap takes longer, and the garbage collector has to look through it. */
const OWNER = Symbol('connection');
type OwnedSocket = Socket & { [OWNER]?: DoorConnection };

/** Each request on an open connection: the gate once more, then the way upstream. */
@Injectable()
export class RequestHandler {
  constructor(
    @Inject(GrantCheck) private readonly grants: GrantCheck,
    @Inject(ConnectionRegistry) private readonly registry: ConnectionRegistry,
    @Inject(HttpForwarder) private readonly http: HttpForwarder,
    @Inject(UpgradeForwarder) private readonly upgrades: UpgradeForwarder,
    @Inject(StatusHandler) private readonly status: StatusHandler,
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(Traffic) private readonly traffic: Traffic,
  ) {}

  /** Makes known whose the requests on this connection's socket are. */
  serve(connection: DoorConnection): void {
    (connection.socket as OwnedSocket)[OWNER] = connection;
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const connection = ownerOf(request.socket);
    connection.inTurn(() => this.start(connection, request, response));
  }

  /** Anything but a WebSocket, such as h2c, may be ignored (RFC 9110, 7.8). */
  upgrade({ request, socket, head, ignore }: UpgradeRequest): void {
    const connection = ownerOf(socket);
    if (connection.busy) return connection.cut(); // nobody upgrades before he has his last answer
    if (!isWebSocket(request)) return ignore();
    const passed = this.pass(connection, request);
    if (passed === undefined) return;
    socket.on('close', this.under(passed));
    // http-proxy takes the upstream's fields from there
    request.headers = { ...headerObject(headersOf(passed)), connection: 'Upgrade', upgrade: 'websocket' };
    this.upgrades.forward({
      request,
      socket,
      head,
      path: passed.target.path,
      ...upstreamOf(connection),
      refused: (answer) => relayAnswer(answer, lastResponse(request, socket), () => connection.cut()),
      failed: (error) => connection.endWith(plainAnswerText(this.logFailure(connection, error))),
      broken: () => connection.cut(),
    });
  }

  /** What Node's parser refuses (RFC 9112, 2.2 and 6.3; RFC 6585, 5), or has waited for in vain. */
  unreadable(error: NodeJS.ErrnoException, socket: Socket): void {
    const connection = ownerOf(socket);
    const { response } = connection;
    if (error.code === 'ECONNRESET') socket.destroy();
    else if (connection.trusted)
      connection.cut(); // no client is named, so none with a grant
    else if (response?.req.complete === true)
      connection.drain(); // it came behind a request, whose answer is due
    else if (response?.headersSent === true)
      connection.cut(); // SECURITY: no byte of ours within another's answer
    else connection.endWith(plainAnswerText(statusOf(error)));
  }

  private start(connection: DoorConnection, request: IncomingMessage, response: ServerResponse): void {
    if (!connection.socket.writable) return; // the last word has been said
    const passed = this.pass(connection, request);
    if (passed === undefined) return;
    const { statusPath } = connection.door;
    if (statusPath !== undefined && asksForStatus(request.url!, statusPath))
      return this.answerStatus(passed, request, response);
    const end = this.under(passed, response);
    const log = this.accessLog(passed, request, response);
    const forwarding = this.http.forward(connection.door.upstream, {
      request,
      response,
      target: passed.target,
      headers: headersOf(passed),
      framing: requestFraming(request, passed.lines),
      defaultHost: hostOf(passed),
      expect: request.httpVersion === '1.0' ? undefined : passed.lines.joined('expect'), // RFC 9110, 10.1.1
      trusted: connection.trusted,
      upstreamTimeoutMs: connection.door.upstreamTimeoutMs,
      failed: (error) => this.answerFailure(connection, response, error),
    });
    response.on('close', () => {
      forwarding.close();
      log();
      end();
    });
  }

  private answerStatus(passed: Passed, request: IncomingMessage, response: ServerResponse): void {
    const end = passed.connection.begin(response); // not under the grant, which may end with it
    const log = this.accessLog(passed, request, response);
    response.on('close', end);
    // not at the close: a client that the kernel hears no more cannot close its end
    void this.status.answer({ ...passed, request, response }).then(log);
  }

  /** Undefined if the request goes no further; the connection has been ended then. */
  private pass(connection: DoorConnection, request: IncomingMessage): Passed | undefined {
    const { door, peer, trusted } = connection;
    const lines = new HeaderLines(request.rawHeaders);
    const client = trusted ? clientAddress(peer, lines.joined('x-forwarded-for'), door.trustedProxies) : peer;
    const target = requestTarget(request);
    if (client === undefined || !this.allows(door.name, client)) connection.cut();
    else if (target === undefined || requestFault(request, lines) !== undefined)
      connection.endWith(plainAnswerText(400));
    else return { connection, client, target, lines };
    return undefined;
  }

  private allows(door: string, ip: string): boolean {
    return this.traffic.of(door).decided(this.grants.allows({ door, ip }));
  }

  /** Puts the exchange under its client's grant; call the answer when it is over. */
  private under({ connection, client }: Passed, response?: ServerResponse): () => void {
    const end = connection.begin(response);
    if (!connection.trusted) return end; // the whole connection is under the peer's grant
    const release = this.registry.add(
      { door: connection.door.name, ip: client },
      { cut: () => connection.cut(), drain: () => {} },
    );
    return () => {
      release();
      end();
    };
  }

  private answerFailure(connection: DoorConnection, response: ServerResponse, error: Error): void {
    if (response.destroyed || response.writableEnded) return; // the client has left, or has its answer
    const status = this.logFailure(connection, error);
    if (response.headersSent) connection.cut();
    else plainAnswer(response, status);
  }

  private logFailure({ door }: DoorConnection, error: Error): 502 | 504 {
    const status = upstreamStatus(error);
    this.log.emit({ event: 'upstream_failed', door: door.name, reason: upstreamReason(error), status });
    return status;
  }

  private accessLog({ connection, client, target }: Passed, request: IncomingMessage, response: ServerResponse) {
    const { socket, door } = connection;
    const startedMs = monotonicMs();
    const bytesBefore = socket.bytesWritten;
    return (): void =>
      this.log.emit({
        event: 'request',
        ip: client,
        door: door.name,
        method: request.method!,
        path: target.path.split('?', 1)[0]!, // a query may hold somebody's secret
        status: response.statusCode,
        bytes: socket.bytesWritten - bytesBefore,
        ms: Math.round(monotonicMs() - startedMs),
      });
  }
}

function ownerOf(socket: OwnedSocket): DoorConnection {
  return socket[OWNER]!;
}

/** The fields for the upstream. */
function headersOf({ connection, target, lines }: Passed): string[] {
  const { peer, trusted } = connection;
  return requestHeaders(lines, { peer, trusted, host: target.host });
}

/** Of the upstream, for a request that names none (RFC 9112, 3.2). */
function hostOf({ connection, target, lines }: Passed): string | undefined {
  return lines.has('host') || target.host !== undefined ? undefined : new URL(connection.door.upstream).host;
}

/** For an ordinary answer to a handshake: the connection has no HTTP server behind it any more, so it is its last. */
function lastResponse(request: IncomingMessage, socket: Socket): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  socket.on('drain', () => response.emit('drain'));
  response.on('finish', () => socket.destroySoon());
  return response;
}

function statusOf({ code }: NodeJS.ErrnoException): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
}

function upstreamOf({ door }: DoorConnection): { readonly upstream: string; readonly upstreamTimeoutMs: number } {
  return { upstream: door.upstream, upstreamTimeoutMs: door.upstreamTimeoutMs };
}
