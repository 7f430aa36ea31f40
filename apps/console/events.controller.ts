import { Controller, Get, Inject, Query } from '@nestjs/common';
import { GrantStore } from '#grants';
import { type Events, type EventsQuery, eventsQuerySchema } from './api-schemas.js';
import { findEvents } from './find-events.js';
import { LiveView } from './live-view.js';
import { sourceOf } from './source-of.js';
import { ZodPipe } from './zod.pipe.js';

/** The audit trail, as far back as it is kept. */
@Controller('api/events')
export class EventsController {
  constructor(
    @Inject(GrantStore) private readonly store: GrantStore,
    @Inject(LiveView) private readonly view: LiveView,
  ) {}

  @Get()
  find(@Query(new ZodPipe(eventsQuerySchema)) query: EventsQuery): Promise<Events> {
    const { door, ip, event, q, before, limit } = query;
    const doors = door === undefined ? this.view.doorNames : [this.view.doorNamed(door).name];
    const source = ip === undefined ? undefined : sourceOf(ip);
    return findEvents((page) => this.store.history(doors, page), { ip: source, event, q, before, limit });
  }
}
