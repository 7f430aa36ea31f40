import 'reflect-metadata';
import { Writable } from 'node:stream';
import { EventLog } from '#telemetry';
import { Admission } from '../../apps/gateway/admission.js';
import { ConnectionRegistry } from '../../apps/gateway/connection-registry.js';
import { FastifyFront } from '../../apps/gateway/fastify-front.js';
import { GrantCheck } from '../../apps/gateway/grant-check.js';
import { HttpForwarder } from '../../apps/gateway/http-forwarder.js';
import { LocalServing } from '../../apps/gateway/local-serving.js';
import { RequestHandler } from '../../apps/gateway/request-handler.js';
import { StatusHandler } from '../../apps/gateway/status-handler.js';
import { TcpRelay } from '../../apps/gateway/tcp-relay.js';
import { Traffic } from '../../apps/gateway/traffic.js';
import { UpgradeForwarder } from '../../apps/gateway/upgrade-forwarder.js';
import { settingsOf } from '../../libs/config/load.fixture.js';
import { RawUpstream } from '../gateway/raw-upstream.js';
import { freePort } from '../lab/free-port.js';

/** Everybody has a grant: what is looked at here comes behind the gate. */
class EverybodyMay extends GrantCheck {
  allows(): boolean {
    return true;
  }

  leftMs(): number {
    return Infinity;
  }
}

/** What answers at a door, in this process so that its blocks can be counted, on sockets of loopback; behind it a raw upstream. */
export class InProcessGateway {
  private constructor(
    readonly port: number,
    readonly upstream: RawUpstream,
    private readonly stop: () => void,
  ) {}

  static async start(): Promise<InProcessGateway> {
    const upstream = await RawUpstream.start();
    const port = await freePort();
    const { limits, doors } = settingsOf({
      yaml: JSON.stringify({
        limits: { header_timeout: 5 },
        doors: {
          HTTP: { sequence: [7000, 8000], listen: `127.0.0.1:${port}`, upstream: `http://127.0.0.1:${upstream.port}` },
        },
      }),
    });
    const log = new EventLog('error', new Writable({ write: (_line, _encoding, done) => done() }));
    const [grants, registry, forwarder] = [new EverybodyMay(), new ConnectionRegistry(), new HttpForwarder()];
    const [traffic, upgrades] = [new Traffic(), new UpgradeForwarder()];
    const status = new StatusHandler(grants, { revoke: () => Promise.resolve(false) });
    const requests = new RequestHandler(grants, registry, forwarder, upgrades, status, log, traffic);
    const admission = new Admission(grants, registry, log, traffic);
    const settings = { limits } as ConstructorParameters<typeof LocalServing>[0];
    const tcp = new TcpRelay(log);
    const serving = new LocalServing(settings, admission, new FastifyFront(), requests, forwarder, tcp, traffic);
    await serving.ready();
    const [door] = doors;
    const server = serving.serverFor(door!.listen[0]!, door!);
    await server.listen();
    return new InProcessGateway(port, upstream, () => {
      server.close();
      forwarder.close();
      registry.cutAll();
    });
  }

  async close(): Promise<void> {
    this.stop();
    await this.upstream[Symbol.asyncDispose]();
  }
}
