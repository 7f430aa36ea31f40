import { hostname } from 'node:os';
import { Inject, Injectable } from '@nestjs/common';
import type { DoorSettings } from '#config';
import { GrantStore, type GrantRequest } from '#grants';
import { EventLog } from '#telemetry';
import { bridgeGateway } from './bridge-gateway.js';

/** Grants on their way to the store. More are refused: whoever completes a sequence that often is no person. */
const MAX_UNDER_WAY = 1000;

export type GrantResult = 'opened' | 'extended' | 'bridge_refused' | 'sequence_used' | 'grant_failed';

/** Turns a completed knock into a grant. */
@Injectable()
export class GrantWriter {
  private readonly listener = `${hostname()}:${process.pid}`;
  /** Addresses that are granted nothing. */
  readonly bridge = bridgeGateway();
  private underWay = 0;

  constructor(
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(EventLog) private readonly log: EventLog,
  ) {}

  /** Says so if this host is placed where no client can be told from another. */
  warnOfBridge(): void {
    for (const ip of this.bridge) this.log.emit({ event: 'bridge_gateway', ip });
  }

  /**
   * Never rejects: what came of it is the answer, and is logged.
   * @param ip canonical text. @param once token of the one-time sequence that was knocked
   */
  async open(door: DoorSettings, ip: string, once?: string): Promise<GrantResult> {
    // SECURITY: behind a bridge this address stands for everybody.
    if (this.bridge.includes(ip)) {
      this.log.emit({ event: 'bridge_refused', ip, door: door.name });
      return 'bridge_refused';
    }
    if (this.underWay >= MAX_UNDER_WAY) {
      this.log.emit({ event: 'grant_failed', ip, door: door.name, reason: 'too many grants under way' });
      return 'grant_failed';
    }
    const request = { door: door.name, ip, ttlMs: door.cmdTimeoutMs, method: 'knock', listener: this.listener };
    return this.write(request, once);
  }

  private async write(request: GrantRequest, once: string | undefined): Promise<GrantResult> {
    const { door, ip, method } = request;
    this.underWay += 1;
    try {
      if (once !== undefined && !(await this.store.claim(door, once))) {
        this.log.emit({ event: 'sequence_used', ip, door });
        return 'sequence_used';
      }
      const { kind, grant } = await this.store.grant(request);
      const seconds = Math.round(Math.max(request.ttlMs, grant.deadlineMs - performance.now()) / 1000);
      this.log.emit({ event: kind, ip, door, seconds, method });
      return kind;
    } catch (error) {
      this.log.emit({ event: 'grant_failed', ip, door, reason: (error as Error).message });
      return 'grant_failed';
    } finally {
      this.underWay -= 1;
    }
  }
}
