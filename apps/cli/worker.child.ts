// A worker of the gateway: does what its parent says, serves nobody without it, and ends with it.
import 'reflect-metadata';
import type { Socket } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { closeToOwnUser, dieWithParent, giveUpRights } from '#kernel';
import { logStream, NestLogger } from '#telemetry';
import {
  type Asked,
  AskedRevocation,
  FastifyFront,
  type FromWorker,
  type ToWorker,
  Worker,
  WorkerModule,
} from '../gateway/index.js';
import { ProcessLog } from './process-log.js';
import { WORKER_LOG_FD, WORKER_OUT_FD } from './worker-fds.js';

const REPORT_MS = 1000;
const LAST_WORD_MS = 500;

let output: ProcessLog | undefined;
let worker: Worker | undefined;

dieWithParent();
closeToOwnUser(); // as the first process, which was closed as it ceased to be root
// meant for the parent, where a terminal or a service manager sends them to all
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.on('disconnect', () => {
  worker?.close();
  process.exit(0);
});
process.on('message', (asked, socket) => {
  void act(asked as Asked, socket as Socket | undefined).catch(crash);
});
process.on('uncaughtException', crash);

async function act({ id, message }: Asked, socket: Socket | undefined): Promise<void> {
  const connections = await done(message, socket);
  if (id !== 0) say({ kind: 'done', id, connections });
}

async function done(message: ToWorker, socket: Socket | undefined): Promise<number> {
  if (message.kind === 'start') await start(message);
  else if (message.kind === 'reopenLog') output!.reopen();
  else if (message.kind === 'log') configure(message.settings);
  else return worker!.take(message, socket);
  return 0;
}

async function start({ settings, ids }: Extract<ToWorker, { kind: 'start' }>): Promise<void> {
  const fd = settings.logFile === undefined ? undefined : WORKER_LOG_FD;
  const log = (output = new ProcessLog(settings, { fd, out: logStream(WORKER_OUT_FD) }));
  if (ids !== undefined) giveUpRights({ ...ids, keep: [] });
  const front = new FastifyFront();
  @Module({ imports: [WorkerModule.with({ front, settings, log: log.events, revocation: new AskedRevocation(say) })] })
  class RootModule {}
  const options = { logger: new NestLogger(log.events), abortOnError: false, bodyParser: false };
  const app = await NestFactory.create(RootModule, front.adapter, options);
  await app.init();
  await front.ready();
  worker = app.get(Worker);
  report();
  setInterval(report, REPORT_MS);
}

/** As the parent, which has said so if that cannot be; this one goes on as before then. */
function configure(settings: Parameters<ProcessLog['prepare']>[0]): void {
  try {
    output!.prepare(settings)();
  } catch (error) {
    output!.events.emit({ event: 'log_file_failed', file: settings.logFile ?? '', reason: (error as Error).message });
  }
}

function report(): void {
  say(worker!.report());
}

function crash(error: unknown): void {
  const end = (): never => process.exit(1);
  setTimeout(end, LAST_WORD_MS);
  const reason = error instanceof Error ? error.message : String(error);
  if (process.connected) process.send!({ kind: 'crashed', reason } satisfies FromWorker, end);
}

function say(message: FromWorker): void {
  // the parent is gone: `disconnect` follows
  if (process.connected) process.send!(message, () => {});
}
