import { Body, Controller, Delete, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { canonicalAddress } from '#address';
import type { DoorSettings } from '#config';
import { type GrantKey, GrantStore } from '#grants';
import { ApiError } from './api-error.js';
import { grantRequestSchema, type GrantView } from './api-schemas.js';
import { LiveView } from './live-view.js';
import { ZodPipe } from './zod.pipe.js';

/** Who wrote it, in Redis. */
const BY = 'knockgate console';

@Controller('api/grants')
export class GrantsController {
  constructor(
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(LiveView) private readonly view: LiveView,
  ) {}

  @Post()
  @HttpCode(200)
  async grant(
    @Body(new ZodPipe(grantRequestSchema)) { door, ip, seconds }: z.output<typeof grantRequestSchema>,
  ): Promise<GrantView> {
    const { cmdTimeoutMs } = this.doorNamed(door);
    const ttlMs = seconds === undefined ? cmdTimeoutMs : Math.round(seconds * 1000);
    const key = { door, ip: sourceOf(ip) };
    const { grant } = await this.store.grant({ ...key, ttlMs, method: 'manual', listener: BY });
    return this.view.viewOf(grant);
  }

  @Delete(':door/:ip')
  @HttpCode(204)
  async revoke(@Param() { door, ip }: GrantKey): Promise<void> {
    this.doorNamed(door);
    const key = { door, ip: sourceOf(ip) };
    if (await this.store.revoke(key, BY)) return;
    throw new ApiError(404, `${key.ip} has no live grant at ${door}; it may just have ended`);
  }

  private doorNamed(name: string): DoorSettings {
    const door = this.view.doorNamed(name);
    if (door !== undefined) return door;
    throw new ApiError(404, `there is no such door; write one of: ${this.view.doorNames.join(', ')}`);
  }
}

function sourceOf(text: string): string {
  const ip = canonicalAddress(text);
  if (ip === undefined) throw new ApiError(400, 'ip: is not an IP address; write an IPv4 or IPv6 address');
  return ip;
}
