import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { type GrantKey, monotonicMs } from '#grants';
import { NO_LOAD, type ProcessLoad } from '#telemetry';
import type { DoorFigures } from './door-traffic.js';
import { parseFromWorker } from './parse-from-worker.js';
import type { Asked, FromWorker, ToWorker } from './worker-message.js';

/** A worker that has not reported for so long is not well. */
const REPORT_WITHIN_MS = 5000;
/** One that has not for so many seconds hangs: what it is told would pile up here. */
const MAX_SILENT_SECONDS = 30;

/** Wishes of one worker that are heeded at a time; no more are, and no more answers wait to be read by it. */
const MAX_REVOCATIONS = 64;

type Report = Extract<FromWorker, { kind: 'report' }>;
type Revoke = Extract<FromWorker, { kind: 'revoke' }>;

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
  /** Counted, not taken from a clock: it may be this process that was stopped meanwhile. */
  private silentSeconds = 0;

  private revoking = 0;

  /** @param revoke ends the grant of a client that wishes so; never rejects */
  constructor(
    private readonly child: ChildProcess,
    private readonly revoke: (key: GrantKey) => Promise<boolean>,
  ) {
    child.on('message', (message) => this.hear(parseFromWorker(message)));
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

  /** It lets nobody in, for it has not heard of the store for too long, and would need to be told anew what is known. */
  get stale(): boolean {
    return this.joined && this.report?.fresh === false && this.silentSeconds <= 1;
  }

  /** What it says has passed, at doors that may be none of ours. */
  get figures(): readonly DoorFigures[] {
    return this.report?.doors ?? [];
  }

  /** What it says that it costs. */
  get load(): ProcessLoad {
    return this.report?.load ?? NO_LOAD;
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

  kill(reason?: string): void {
    this.lastWord ||= reason ?? '';
    this.child.kill('SIGKILL');
  }

  /** To be called once a second: ends it if it hangs. */
  look(): void {
    if (this.report === undefined) return; // it may take long to start
    this.silentSeconds += 1;
    if (this.silentSeconds > MAX_SILENT_SECONDS) this.kill(`not a word in ${MAX_SILENT_SECONDS} s`);
  }

  private send(asked: Asked, socket?: Socket, sent = (): void => {}): boolean {
    if (!this.child.connected) return false;
    // an error is of one that is ending: `exit` tells of that
    this.child.send(asked, socket, { keepOpen: true }, sent);
    return true;
  }

  private hear(message: FromWorker | undefined): void {
    if (message === undefined) return;
    if (message.kind === 'done') this.answer(message.id, message.connections);
    else if (message.kind === 'report') this.take(message);
    else if (message.kind === 'revoke') void this.heed(message);
    else this.lastWord = message.reason;
  }

  private async heed({ request, key }: Revoke): Promise<void> {
    // SECURITY: one that was taken over asks as often as it likes
    if (this.revoking >= MAX_REVOCATIONS) return;
    this.revoking += 1;
    const done = await this.revoke(key);
    this.send({ id: 0, message: { kind: 'revoked', request, done } }, undefined, () => (this.revoking -= 1));
  }

  private take(report: Report): void {
    this.report = { ...report, atMs: monotonicMs() };
    this.silentSeconds = 0;
  }

  private answer(id: number, connections: number | undefined): void {
    this.questions.get(id)?.(connections);
    this.questions.delete(id);
  }
}
