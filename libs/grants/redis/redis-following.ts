import type { Redis } from 'ioredis';
import type { Grant, Granted, GrantKey } from '../grant.js';
import type { GrantFollower } from '../grant-store.js';
import { GrantReader, type Reading, type Readings } from './grant-reader.js';
import { defineCommands, type RedisCommands } from './redis-commands.js';
import { expectAnswers, redisConnection } from './redis-connection.js';
import { redisKeys } from './redis-keys.js';
import type { CheckedFollowing } from './redis-servers.js';
import type { MasterTarget } from './redis-target.js';

/** Where Redis publishes the names of changed keys to RESP2 clients (redis.io, client-side caching). */
const INVALIDATE = '__redis__:invalidate';
const REARM_DELAY_MS = 250;

/**
 * Follows the grants of some doors: CLIENT TRACKING in broadcast mode names each key that changes, whoever changed it
 * and how, and the key is read again. The tracking belongs to the `asking` connection and its messages arrive on
 * `hearing`; it ends with either, and then begins anew with a snapshot. Both connections are its own.
 */
export class RedisFollowing implements CheckedFollowing {
  private epoch = 0;
  /** Keys that changed while a snapshot was being read: what the snapshot says of them may be old. */
  private dirty: Set<string> | undefined;
  /** The follower has had a snapshot, and can make something of a change. */
  private begun = false;
  /** Changes are told, and no snapshot is on its way. */
  private isSteady = false;
  /** Readings are taken in one after the other, in the order of the questions, as the connection answers them. */
  private turn = Promise.resolve();
  private rearm: NodeJS.Timeout | undefined;
  private closed = false;
  private readonly asking: Redis;
  private readonly hearing: Redis;
  private readonly commands: RedisCommands;
  private readonly reader: GrantReader;

  constructor(
    target: MasterTarget,
    private readonly doors: readonly string[],
    private readonly follower: GrantFollower,
  ) {
    this.asking = redisConnection(target, { connectionName: 'knockgate-mirror' });
    // RESP2: ioredis hands over the invalidation messages of a RESP3 connection nowhere
    this.hearing = redisConnection(target, { connectionName: 'knockgate-changes', protocol: 2 });
    this.commands = defineCommands(this.asking);
    this.reader = new GrantReader(this.commands);
    for (const redis of this.connections) {
      redis.on('ready', this.arm);
      redis.on('close', this.onClose);
    }
    this.hearing.on('messageBuffer', this.onMessage);
  }

  check(): Promise<void> {
    return expectAnswers(this.connections);
  }

  private get connections(): readonly Redis[] {
    return [this.asking, this.hearing];
  }

  resync(): void {
    if (this.dirty === undefined) this.arm(); // else a snapshot is on its way, and a large one must come to its end
  }

  /**
   * SECURITY: over the connection that reads the grants, so that no older state can be taken for a newer one: what
   * becomes of the grant afterwards is read, and so answered and taken in, after it.
   */
  grant({ door }: GrantKey, ask: (commands: RedisCommands) => Promise<Granted>): Promise<Granted> | undefined {
    if (!this.isSteady || this.follower.isGate !== true || !this.doors.includes(door)) return undefined;
    const answer = ask(this.commands);
    const reading = answer.then(({ grant }): readonly Reading[] => [{ kind: 'grant', key: grant, grant }]);
    this.takeIn(reading.catch(() => [])); // whoever has asked is told
    return answer;
  }

  close(): void {
    this.closed = true;
    this.epoch += 1;
    clearTimeout(this.rearm);
    for (const redis of this.connections) {
      redis.removeAllListeners('ready').removeAllListeners('close');
      redis.disconnect();
    }
  }

  private readonly arm = (): void => {
    if (this.asking.status !== 'ready' || this.hearing.status !== 'ready') return;
    clearTimeout(this.rearm);
    const epoch = (this.epoch += 1);
    this.isSteady = false;
    this.track()
      .then(() => this.snapshot(epoch))
      .catch((error: unknown) => this.failed(epoch, error));
  };

  private async track(): Promise<void> {
    const prefixes = this.doors.flatMap((door) => ['PREFIX', redisKeys.grantPrefix(door)]);
    await this.hearing.unsubscribe(INVALIDATE); // CLIENT ID is refused to a RESP2 connection that is subscribed
    const id = await this.hearing.client('ID');
    await this.expectOneServer();
    await this.hearing.subscribe(INVALIDATE);
    await this.asking.client('TRACKING', 'OFF');
    await this.asking.call('CLIENT', 'TRACKING', 'ON', 'REDIRECT', String(id), 'BCAST', ...prefixes);
  }

  /**
   * SECURITY: while a master is replaced each connection may have found another server, where the number of our
   * listening connection is somebody else's, and changes would be told to him.
   */
  private async expectOneServer(): Promise<void> {
    const [asked, heard] = await Promise.all(this.connections.map(runIdOf));
    if (asked !== heard) throw new Error('the connections have reached different servers');
  }

  private async snapshot(epoch: number): Promise<void> {
    const dirty = (this.dirty = new Set<string>());
    const found = await this.reader.scan([this.asking], this.doors);
    // SECURITY: a grant revoked while the scan ran must not come back with the snapshot: read it again.
    while (dirty.size > 0 && epoch === this.epoch) {
      const names = [...dirty];
      dirty.clear();
      for (const each of (await Promise.all(this.reader.read(names))).flat())
        found.set(redisKeys.grant(each.key), each);
    }
    if (epoch !== this.epoch) return;
    this.dirty = undefined;
    this.begun = true;
    this.isSteady = true;
    this.follower.snapshot(this.grantsOf(found));
  }

  private readonly onMessage = (_channel: Buffer, payload: readonly Buffer[] | null): void => {
    if (payload === null) return this.arm(); // FLUSHALL, FLUSHDB: anything may be gone
    const names = payload.map(String);
    for (const name of names) this.dirty?.add(name);
    if (!this.begun) return;
    // also while a snapshot is read, which may take a second
    for (const readings of this.reader.read(names)) this.takeIn(readings);
  };

  private takeIn(readings: Promise<readonly Reading[]>): void {
    const { epoch } = this;
    readings.catch(() => {}); // it is told in its turn
    this.turn = this.turn.then(() => this.take(readings, epoch));
  }

  /** A snapshot that has begun since does not make them wrong: one connection answers in the order of the questions. */
  private async take(readings: Promise<readonly Reading[]>, epoch: number): Promise<void> {
    try {
      for (const each of await readings) {
        if (!this.closed) this.follower.changed(each.key, this.grantOf(each));
      }
    } catch (error) {
      this.failed(epoch, error);
    }
  }

  private grantsOf(found: Readings): Grant[] {
    const grants: Grant[] = [];
    for (const each of found.values()) {
      const grant = this.grantOf(each);
      if (grant !== undefined) grants.push(grant);
    }
    return grants;
  }

  private grantOf(reading: Reading): Grant | undefined {
    if (reading.kind === 'no_ttl') this.follower.withoutTtl(reading.key);
    return reading.kind === 'grant' ? reading.grant : undefined;
  }

  private readonly onClose = (): void => {
    this.epoch += 1;
    this.isSteady = false;
    this.dirty = undefined;
    this.follower.lost('connection closed');
  };

  private failed(epoch: number, error: unknown): void {
    if (this.closed || epoch !== this.epoch) return;
    this.epoch += 1;
    this.isSteady = false;
    this.dirty = undefined;
    this.follower.lost(error instanceof Error ? error.message : String(error));
    this.rearm = setTimeout(this.arm, REARM_DELAY_MS);
  }
}

/** Which start of which server it is; undefined if this user may not know (INFO). */
async function runIdOf(redis: Redis): Promise<string | undefined> {
  try {
    return /^run_id:(\w+)/mu.exec(await redis.info('server'))?.[1];
  } catch (error) {
    if (error instanceof Error && error.message.includes('NOPERM')) return undefined;
    throw error;
  }
}
