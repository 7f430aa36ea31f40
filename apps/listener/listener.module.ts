import { Module } from '@nestjs/common';
import { GrantWriter } from './grant-writer.js';
import { KnockListener } from './knock-listener.js';
import { ListenerSchedule } from './listener.schedule.js';

/** Hears knocks and writes grants. Needs CoreModule, CAP_NET_RAW, and no open port. */
@Module({ providers: [GrantWriter, KnockListener, ListenerSchedule], exports: [KnockListener] })
export class ListenerModule {}
