import { Inject, Injectable } from '@nestjs/common';
import type { DoorSettings, Settings } from '#config';
import { type EndReason, fromHostMs, type Grant, type GrantKey, GrantMirror, type MirrorListener } from '#grants';
import { SETTINGS } from '#runtime';
import { ConnectionRegistry } from './connection-registry.js';
import type { GrantCheck } from './grant-check.js';
import type { Live } from './live-connections.js';
import type { FedGrant } from './worker-message.js';

/**
 * A worker's gate: its own copy of the grants, fed by the first process. It fails closed by itself: deadlines and the
 * time since the store was heard are its own to keep. Log and audit trail are the first process's.
 */
@Injectable()
export class FedGate implements GrantCheck, MirrorListener {
  private readonly mirror: GrantMirror;
  private readonly drains = new Map<string, boolean>();
  /** Connections that were ended here before the first process asked how many. */
  private readonly counts = new Map<string, number>();

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(ConnectionRegistry) private readonly connections: ConnectionRegistry,
  ) {
    this.mirror = new GrantMirror(settings.storeMaxStaleMs, this);
  }

  allows({ door, ip }: GrantKey): boolean {
    return this.mirror.allows(door, ip);
  }

  leftMs({ door, ip }: GrantKey): number {
    return this.mirror.leftMs(door, ip);
  }

  get healthy(): boolean {
    return this.mirror.fresh;
  }

  /** What becomes of a door's connections at the end of their grant. */
  know({ name, onExpiry }: DoorSettings): void {
    this.drains.set(name, onExpiry === 'drain');
  }

  snapshot(grants: readonly FedGrant[], heardHostMs: number): void {
    this.mirror.snapshot(grants.map(grantOf), fromHostMs(heardHostMs));
  }

  changed(key: GrantKey, grant: FedGrant | undefined): void {
    this.mirror.changed(key, grant && grantOf(grant));
  }

  heard(heardHostMs: number): void {
    this.mirror.heard(fromHostMs(heardHostMs));
  }

  /** Ends what this IP has open at this door; answers how many, those included that have just been ended. */
  end(key: GrantKey, how: keyof Live): number {
    const id = idOf(key);
    const before = this.counts.get(id) ?? 0;
    this.counts.delete(id);
    // those that are closing are still in the registry
    return Math.max(before, this.connections.end(key, how));
  }

  ended(grant: Grant, reason: EndReason): void {
    const drains = reason === 'expired' && this.drains.get(grant.door) === true;
    const count = this.connections.end(grant, drains ? 'drain' : 'cut');
    if (count > 0) this.counts.set(idOf(grant), count);
  }

  stale(): void {
    this.counts.clear();
    this.connections.cutAll();
  }

  lost(): void {}

  withoutTtl(): void {}
}

function idOf({ door, ip }: GrantKey): string {
  return `${door}\n${ip}`;
}

function grantOf({ door, ip, deadlineHostMs }: FedGrant): Grant {
  const untold = { grantedAt: '', expiresAt: '', method: '', listener: '' };
  return { door, ip, ...untold, deadlineMs: fromHostMs(deadlineHostMs) };
}
