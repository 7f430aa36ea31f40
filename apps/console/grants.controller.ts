import { Body, Controller, Delete, HttpCode, Inject, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { type GrantKey, GrantStore } from '#grants';
import { ApiError } from './api-error.js';
import { grantRequestSchema, type GrantView } from './api-schemas.js';
import { LiveView } from './live-view.js';
import { sourceOf } from './source-of.js';
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
    const { cmdTimeoutMs } = this.view.doorNamed(door);
    const ttlMs = seconds === undefined ? cmdTimeoutMs : Math.round(seconds * 1000);
    const key = { door, ip: sourceOf(ip) };
    const { grant } = await this.store.grant({ ...key, ttlMs, method: 'manual', listener: BY });
    return this.view.viewOf(grant);
  }

  @Delete(':door/:ip')
  @HttpCode(204)
  async revoke(@Param() { door, ip }: GrantKey): Promise<void> {
    this.view.doorNamed(door);
    const key = { door, ip: sourceOf(ip) };
    if (await this.store.revoke(key, BY)) return;
    throw new ApiError(404, `${key.ip} has no live grant at ${door}; it may just have ended`);
  }
}
