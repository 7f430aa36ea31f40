import type { Socket } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { letOthersAccept } from '#kernel';
import { LoadGauge } from '#telemetry';
import { AskedRevocation } from './asked-revocation.js';
import { ConnectionRegistry } from './connection-registry.js';
import { FedGate } from './fed-gate.js';
import { LocalServing } from './local-serving.js';
import type { PortServer } from './serving.js';
import type { FromWorker, ToWorker } from './worker-message.js';

/** What a worker does for the first process: serves the ports that it is handed, for whom it is told. */
@Injectable()
export class Worker {
  private readonly ports = new Map<number, PortServer>();
  private readonly gauge = new LoadGauge();

  constructor(
    @Inject(FedGate) private readonly gate: FedGate,
    @Inject(LocalServing) private readonly serving: LocalServing,
    @Inject(ConnectionRegistry) private readonly connections: ConnectionRegistry,
    @Inject(AskedRevocation) private readonly revocations: AskedRevocation,
  ) {
    serving.accepted = letOthersAccept; // or one of them takes all connections that come together
  }

  /**
   * Does it, and answers how many connections it ended, if it is about that. A socket is put to use before this returns:
   * Node would read from it, as from a connection.
   */
  async take(message: Exclude<ToWorker, { kind: 'start' | 'log' | 'reopenLog' }>, socket?: Socket): Promise<number> {
    switch (message.kind) {
      case 'listen': {
        // SECURITY: the port was closed before its socket was on the way. A server without one would bind the public
        // address itself, hidden from nobody.
        if (socket === undefined) return 0;
        const server = this.serving.serverFor(message.address, message.door);
        this.ports.set(message.port, server);
        this.gate.know(message.door);
        await server.listen(socket);
        return 0;
      }
      case 'open':
        this.gate.know(message.door);
        this.ports.get(message.port)?.open(message.door);
        return 0;
      case 'close':
        this.ports.get(message.port)?.close();
        this.ports.delete(message.port);
        return 0;
      case 'snapshot':
        this.gate.snapshot(message.grants, message.heardHostMs);
        return 0;
      case 'changes':
        for (const key of message.ended) this.gate.changed(key, undefined);
        for (const grant of message.granted) this.gate.changed(grant, grant);
        return 0;
      case 'heard':
        this.gate.heard(message.heardHostMs);
        return 0;
      case 'end':
        return this.gate.end(message.key, message.how);
      case 'cutAll':
        return this.connections.cutAll(message.door);
      case 'revoked':
        this.revocations.answered(message.request, message.done);
        return 0;
      default: {
        const exhaustive: never = message;
        return exhaustive;
      }
    }
  }

  report(): FromWorker {
    return {
      kind: 'report',
      fresh: this.gate.healthy,
      doors: this.serving.figures(),
      load: this.gauge.take(),
    };
  }

  /** Nobody listens here any more, and nothing is open. */
  close(): void {
    for (const port of this.ports.values()) port.close();
    this.connections.cutAll();
  }
}
