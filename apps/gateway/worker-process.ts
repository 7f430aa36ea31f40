import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { monotonicMs } from '#grants';
import type { Asked, FromWorker, ToWorker } from './worker-message.js';

/** A worker that has not reported for so long is not well. */
const REPORT_WITHIN_MS = 5000;

type Report = Extract<FromWorker, { kind: 'report' }>;

/** One worker as the first process sees it. */
export class WorkerProcess {
  /** It has started, and hears of everything from then on. */
  joined = false;
  readonly startedMs = monotonicMs();
  /** Resolves with why, once it has ended. */
  readonly ended: Promise<string>;
  private readonly questions = new Map<number, (connections: number | undefined) => void>();
  private report: (Report & { readonly atMs: number }) | undefined;
  private lastWord = '';
  private asked = 0;

  constructor(private readonly child: ChildProcess) {
    child.on('message', (message) => this.hear(message as FromWorker));
    this.ended = new Promise((resolve) => {
      const over = (reason: string): void => {
        for (const answer of this.questions.values()) answer(undefined);
        this.questions.clear();
        resolve(this.lastWord === '' ? reason : this.lastWord);
      };
      child.on('exit', (code, signal) => over(signal ?? `exit code ${code}`));
      child.on('error', (error) => {
        if (child.pid === undefined) over(error.message); // it could not be started; else it is about a message
      });
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get healthy(): boolean {
    return this.joined && this.report?.fresh === true && monotonicMs() - this.report.atMs < REPORT_WITHIN_MS;
  }

  get connections(): number {
    return this.report?.connections ?? 0;
  }

  /** Connections that it has refused for want of a grant. */
  get denied(): number {
    return this.report?.denied ?? 0;
  }

  tell(message: ToWorker): void {
    this.send({ id: 0, message });
  }

  /** Resolves with its answer, or undefined once it has ended. */
  ask(message: ToWorker, socket?: Socket): Promise<number | undefined> {
    const id = (this.asked += 1);
    return new Promise((resolve) => {
      this.questions.set(id, resolve);
      if (!this.send({ id, message }, socket)) this.answer(id, undefined);
    });
  }

  /** Without us it cuts what is open, and ends. */
  dismiss(): void {
    if (this.child.connected) this.child.disconnect();
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }

  private send(asked: Asked, socket?: Socket): boolean {
    if (!this.child.connected) return false;
    // an error is of one that is ending: `exit` tells of that
    this.child.send(asked, socket, { keepOpen: true }, () => {});
    return true;
  }

  private hear(message: FromWorker): void {
    if (message.kind === 'done') this.answer(message.id, message.connections);
    else if (message.kind === 'report') this.report = { ...message, atMs: monotonicMs() };
    else this.lastWord = message.reason;
  }

  private answer(id: number, connections: number | undefined): void {
    this.questions.get(id)?.(connections);
    this.questions.delete(id);
  }
}
