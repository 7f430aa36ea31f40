import { Injectable } from '@nestjs/common';
import { connectUpstream } from './connect-upstream.js';
import { type Exchange, Forwarding } from './forwarding.js';
import { UpstreamPool } from './upstream-pool.js';

/** Forwards requests over kept-alive connections, streaming both ways. */
@Injectable()
export class HttpForwarder {
  private readonly pools = new Map<string, UpstreamPool>();

  /** @param upstream its origin, without a path */
  forward(upstream: string, exchange: Exchange): Forwarding {
    const forwarding = new Forwarding(exchange, this.poolOf(upstream));
    forwarding.start();
    return forwarding;
  }

  close(): void {
    for (const pool of this.pools.values()) pool.close();
  }

  private poolOf(upstream: string): UpstreamPool {
    const known = this.pools.get(upstream);
    if (known !== undefined) return known;
    const pool = new UpstreamPool(connectUpstream(upstream));
    this.pools.set(upstream, pool);
    return pool;
  }
}
