import { monotonicMs } from '#grants';
import { type Connect, UpstreamConnection } from './upstream-connection.js';

/** Shorter than the keep-alive time of common upstreams (nginx: 75 s), so that seldom a request meets its closing. */
const IDLE_MS = 30_000;
/** How much sooner than the upstream says that it will close one. */
const MARGIN_MS = 1000;
const SWEEP_MS = 5000;
const MAX_IDLE = 256;

interface Idle {
  readonly connection: UpstreamConnection;
  readonly untilMs: number;
}

/**
 * Connections to one upstream, each for one exchange at a time, kept for the next one: the latest used first. There are as
 * many as exchanges under way, which the door's limit of connections bounds, and at most 256 that idle. Shared by all
 * clients, unless the upstream is told on each connection whose it is (`Connect`): then each client has a pool of its own.
 */
export class UpstreamPool {
  private readonly idle: Idle[] = [];
  private readonly all = new Set<UpstreamConnection>();
  private readonly sweep = setInterval(() => this.closeOld(), SWEEP_MS).unref();

  constructor(private readonly connect: Connect) {}

  /** One for an exchange: used before, if there is one. */
  take(): UpstreamConnection {
    const nowMs = monotonicMs();
    for (let latest = this.idle.pop(); latest !== undefined; latest = this.idle.pop()) {
      const { connection, untilMs } = latest;
      if (connection.isUsable && nowMs < untilMs) return connection;
      connection.destroy();
    }
    return this.open();
  }

  /** One on which there has been nothing. */
  open(): UpstreamConnection {
    const connection = new UpstreamConnection(this.connect, (closed) => this.forget(closed));
    this.all.add(connection);
    return connection;
  }

  /** Its exchange is over. @param keepAliveMs how long the upstream says that it leaves it open */
  giveBack(connection: UpstreamConnection, keepAliveMs = Infinity): void {
    const idleMs = Math.min(IDLE_MS, keepAliveMs - MARGIN_MS);
    if (idleMs <= 0 || this.idle.length >= MAX_IDLE || !connection.isUsable) {
      connection.destroy();
      return;
    }
    connection.release();
    this.idle.push({ connection, untilMs: monotonicMs() + idleMs });
  }

  /** Ends all of them. */
  close(): void {
    clearInterval(this.sweep);
    for (const connection of this.all) connection.destroy();
  }

  private forget(closed: UpstreamConnection): void {
    this.all.delete(closed);
    const at = this.idle.findIndex(({ connection }) => connection === closed);
    if (at !== -1) this.idle.splice(at, 1);
  }

  private closeOld(): void {
    const nowMs = monotonicMs();
    for (const { connection } of this.idle.filter(({ untilMs }) => nowMs >= untilMs)) connection.destroy();
  }
}
