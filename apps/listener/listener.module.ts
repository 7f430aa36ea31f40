import { Module } from '@nestjs/common';
import { CommandRunner } from './command-runner.js';
import { ControlSocket } from './control-socket.js';
import { GrantWriter } from './grant-writer.js';
import { KnockListener } from './knock-listener.js';
import { ListenerSchedule } from './listener.schedule.js';

/** Hears knocks and writes grants. Needs CoreModule, CAP_NET_RAW, and no open port. */
@Module({
  providers: [CommandRunner, ControlSocket, GrantWriter, KnockListener, ListenerSchedule],
  exports: [CommandRunner, KnockListener],
})
export class ListenerModule {}
