import type { StoreUnavailable } from '../grant-store.js';
import { type RedisCommands, defineCommands } from './redis-commands.js';
import { connectionAttempt } from './redis-connection.js';
import { redisKeys } from './redis-keys.js';
import { openServers } from './open-servers.js';
import type { RedisServers } from './redis-servers.js';
import type { RedisTarget } from './redis-target.js';

/** A door as Redis knows it: no port of its sequence. */
export interface AttemptDoor {
  readonly name: string;
  /** The same for all listeners that judge packets alike there, and no way back to the sequence. */
  readonly id: string;
  /** Of its sequence. */
  readonly steps: number;
  readonly seqTimeoutMs: number;
  readonly maxFirst: number;
  readonly maxAdvanced: number;
}

/** What Redis is told of a packet. */
export interface ToldPacket {
  /** Canonical. */
  readonly ip: string;
  readonly fingerprint: number;
  /** Which steps of the sequence its port is, as `,1,3,`; `-`: none; `x`: none, and it never voids. */
  readonly steps: string;
}

/** Of which sources packets have been lost (see `lossOf`); all: of any. */
export type Losses = readonly number[] | 'all';

/** What a packet was to an attempt at stage `before`; 0: there was none. Verdicts as in libs/knock. */
export interface Judged {
  /** Its place among those that were told. */
  readonly packet: number;
  readonly verdict:
    'advanced' | 'completed' | 'repeat' | 'exempt' | 'voided' | 'restarted' | 'late' | 'late_restarted' | 'lost';
  readonly before: number;
}

export interface AttemptSizes {
  readonly first: number;
  readonly advanced: number;
}

export interface Advanced {
  readonly sizes: AttemptSizes;
  /** In the order of the packets; those that did nothing are left out, one that did two things is there twice. */
  readonly judged: readonly Judged[];
}

export interface Swept {
  readonly sizes: AttemptSizes;
  /** There may be more that have ended. */
  readonly more: boolean;
  readonly ended: readonly { readonly ip: string; readonly stage: number }[];
}

/** After an attempt's time is over somebody should still be told of it. */
const TTL_MARGIN_MS = 10_000;
/** Ended in one call: less than a millisecond of Redis's time. */
const MAX_SWEPT = 500;

/**
 * Attempts in Redis, which all listeners advance together; each call is one atomic step, by Redis's clock. Every method
 * rejects with StoreUnavailable when Redis cannot be asked now, and nothing is queued.
 */
export class RedisAttempts {
  private readonly servers: RedisServers;
  private readonly commands: RedisCommands;

  /** Begins to connect, on a connection of its own: grants do not wait behind a flood's packets. */
  constructor(target: RedisTarget | string) {
    this.servers = openServers(target, 'knockgate-attempts');
    this.commands = defineCommands(this.servers.client);
  }

  /** Judges packets, in their order. What was lost counts as if it had come before and after them. */
  async advance(door: AttemptDoor, packets: readonly ToldPacket[], losses: Losses): Promise<Advanced> {
    const { steps, seqTimeoutMs, maxFirst, maxAdvanced } = door;
    const args: (string | number)[] = [steps, seqTimeoutMs, maxFirst, maxAdvanced, seqTimeoutMs + TTL_MARGIN_MS];
    if (losses === 'all') args.push('all');
    else args.push(losses.length, ...losses);
    for (const packet of packets) args.push(`${packet.ip} ${packet.fingerprint} ${packet.steps}`);
    const [first, advanced, ...told] = await this.ask(() => this.commands.advance(this.keys(door), args));
    const judged: Judged[] = [];
    for (let i = 0; i < told.length; i += 3) {
      const [packet, verdict, before] = told.slice(i, i + 3) as [number, Judged['verdict'], number];
      judged.push({ packet, verdict, before });
    }
    return { sizes: { first, advanced }, judged };
  }

  /** Ends attempts whose time is over, a bounded number of them. Of several that ask one is told of each. */
  async sweep(door: AttemptDoor): Promise<Swept> {
    const args = [door.seqTimeoutMs, MAX_SWEPT];
    await connectionAttempt(this.servers.client); // a start is no failure
    const [more, first, advanced, ...told] = await this.ask(() => this.commands.sweepAttempts(this.keys(door), args));
    const ended: { ip: string; stage: number }[] = [];
    for (let i = 0; i < told.length; i += 2) ended.push({ ip: told[i] as string, stage: told[i + 1] as number });
    return { sizes: { first, advanced }, more: more === 1, ended };
  }

  close(): void {
    this.servers.close();
  }

  private keys({ name, id }: AttemptDoor): AttemptKeys {
    return redisKeys.attempts(name, id);
  }

  private async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      throw this.servers.unavailable(error) satisfies StoreUnavailable;
    }
  }
}

type AttemptKeys = ReturnType<typeof redisKeys.attempts>;
