import type { DynamicModule, INestApplicationContext } from '@nestjs/common';
import type { Settings } from '#config';
import type { EventLog } from '#telemetry';
import {
  CoverModule,
  type CoverOptions,
  DoorPort,
  FastifyFront,
  Gateway,
  GatewayModule,
  HideUnavailable,
  Hiding,
  ListenFailed,
  proxied,
  WorkerPool,
  WorkersFailed,
} from '../gateway/index.js';
import { CommandFailed } from './command-failed.js';
import { forkWorker } from './fork-worker.js';
import { nextUser } from './leave-rights.js';
import type { ProcessLog } from './process-log.js';
import { workerCount } from './worker-count.js';
import { letGrow } from './young-generation.js';

interface Taken {
  readonly settings: Settings;
  /** Hides another daemon's port, and opens no door. */
  readonly cover: CoverOptions | undefined;
  readonly hiding: Hiding;
  readonly ports: readonly DoorPort[];
}

/** What Nest is to be given. */
export interface GatewayParts {
  readonly module: DynamicModule;
  /** What the application is on; undefined: on nothing, for others serve. */
  readonly front: FastifyFront | undefined;
}

/** What a process is that opens doors, or hides another daemon's port. Loaded by those alone. */
export class GatewayRole {
  private workers: WorkerPool | undefined;

  private constructor(private readonly taken: Taken) {}

  /** Takes from the kernel what it needs, while there are rights to it. @throws CommandFailed */
  static take({ settings, cover }: Pick<Taken, 'settings' | 'cover'>): GatewayRole {
    try {
      if (cover !== undefined) {
        return new GatewayRole({ settings, cover, hiding: Hiding.cover(settings, cover), ports: [] });
      }
      const hiding = Hiding.take(settings);
      const ports = proxied(settings).flatMap((door) => DoorPort.bindAll(door, door.listen, hiding));
      return new GatewayRole({ settings, cover, hiding, ports });
    } catch (error) {
      throw explained(error);
    }
  }

  /** @throws CommandFailed */
  parts({ log, output }: { readonly log: EventLog; readonly output: ProcessLog }): GatewayParts {
    const { settings, cover, hiding } = this.taken;
    if (cover !== undefined) return { module: CoverModule.of(hiding, cover), front: undefined };
    const count = workerCount(settings);
    if (count === 1) {
      const front = new FastifyFront();
      return { module: GatewayModule.behind(front, hiding), front };
    }
    if (process.platform !== 'linux') {
      throw new CommandFailed(['workers: more than one need Linux; write workers: 1'], 2);
    }
    this.workers = new WorkerPool({
      count,
      settings,
      log,
      fork: () => forkWorker({ logFd: output.fd, linkFd: hiding.link }),
      ids: () => nextUser(settings),
      failed: (error) => {
        throw error;
      },
    });
    return { module: GatewayModule.over(this.workers, hiding), front: undefined };
  }

  /** Opens the doors, if there are any. */
  async open(app: INestApplicationContext): Promise<void> {
    if (this.taken.cover !== undefined) return;
    await app.get(Gateway).open(this.taken.ports);
    letGrow();
  }

  async apply(app: INestApplicationContext, settings: Settings): Promise<void> {
    if (this.taken.cover === undefined) await app.get(Gateway).apply(settings);
  }

  reopenLog(): void {
    this.workers?.reopenLog();
  }

  configureLog(settings: Settings): void {
    this.workers?.configureLog(settings);
  }

  /** Of one that did not come to serve. */
  close(): void {
    for (const port of this.taken.ports) port.close();
  }

  /** An error of the gateway's, for who has started it; any other as it is. */
  explained(error: unknown): unknown {
    return explained(error);
  }
}

function explained(error: unknown): unknown {
  if (error instanceof HideUnavailable) return new CommandFailed([error.message], 2, { cause: error });
  if (error instanceof WorkersFailed) return new CommandFailed([error.message], 1, { cause: error });
  if (error instanceof ListenFailed) return new CommandFailed([error.message], 1, { cause: error });
  return error;
}
