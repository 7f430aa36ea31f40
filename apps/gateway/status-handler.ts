import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { ClientRevocation } from './client-revocation.js';
import type { DoorConnection } from './door-connection.js';
import { GrantCheck } from './grant-check.js';
import type { HeaderLines } from './header-fields.js';
import { isOwnPage } from './is-own-page.js';
import { lastAnswerText, type StatusAnswer, statusAnswer, type StatusOutcome } from './status-answer.js';

/** A request of a client with a grant for its door's status path. */
export interface StatusRequest {
  readonly connection: DoorConnection;
  /** Canonical. */
  readonly client: string;
  readonly lines: HeaderLines;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** Tells a client how long its door stays open, and closes it behind that client. Nothing of it goes upstream. */
@Injectable()
export class StatusHandler {
  constructor(
    @Inject(GrantCheck) private readonly grants: GrantCheck,
    @Inject(ClientRevocation) private readonly revocation: ClientRevocation,
  ) {}

  /** Resolves once the answer is on its way, or nobody waits for it any more. */
  async answer(asked: StatusRequest): Promise<void> {
    const { connection, client, lines, request, response } = asked;
    const answerFor = (outcome: StatusOutcome): StatusAnswer => statusAnswer(outcome, wantsPage(lines));
    const key = { door: connection.door.name, ip: client };
    request.resume(); // a body says nothing here
    switch (request.method!) {
      case 'GET':
      case 'HEAD':
        return send(
          response,
          answerFor({ kind: 'open', ...key, secondsLeft: Math.ceil(this.grants.leftMs(key) / 1000) }),
        );
      case 'POST': {
        // SECURITY: there is no cookie to ask for; whoever can have this client's browser send it would close the door
        if (!isOwnPage(lines)) return send(response, answerFor({ kind: 'foreign' }));
        if (!connection.trusted) connection.takeLeave();
        const closed = await this.revocation.revoke(key);
        const answer = answerFor({ kind: closed ? 'closed' : 'not closed' });
        return connection.trusted ? send(response, answer) : sendLast(connection, response, answer);
      }
      default:
        return send(response, answerFor({ kind: 'method' }));
    }
  }
}

function wantsPage(lines: HeaderLines): boolean {
  return /\btext\/html\b/iu.test(lines.joined('accept') ?? '');
}

/** On a proxy's connection, which carries others too, or while the grant lives on. */
function send(response: ServerResponse, { status, fields, body }: StatusAnswer): void {
  response.statusCode = status; // for the log
  if (response.destroyed) return; // the client has left
  response.writeHead(status, fields);
  response.end(body);
}

function sendLast(connection: DoorConnection, response: ServerResponse, answer: StatusAnswer): void {
  response.statusCode = answer.status; // for the log
  connection.endWith(lastAnswerText(answer));
}
