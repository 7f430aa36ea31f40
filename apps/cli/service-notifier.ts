import { UnixDatagram } from '#kernel';

/** sd_notify(3): tells the service manager how the process is doing. Says nothing where none asks. */
export class ServiceNotifier {
  private constructor(
    private readonly socket: UnixDatagram | undefined,
    private readonly watchdogMs: number | undefined,
  ) {}

  /** Takes what the service manager said out of the environment: the commands that we run must not speak for us. */
  static take(env: NodeJS.ProcessEnv): ServiceNotifier {
    const { NOTIFY_SOCKET: path, WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = env;
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) Reflect.deleteProperty(env, name);
    const watched = pid === undefined || Number(pid) === process.pid;
    const watchdogMs = watched && usec !== undefined && Number(usec) > 0 ? Number(usec) / 1000 : undefined;
    return new ServiceNotifier(path === undefined || path === '' ? undefined : new UnixDatagram(path), watchdogMs);
  }

  ready(status: string): void {
    this.send('READY=1', `STATUS=${status}`);
  }

  /** From now on, while the event loop turns, the watchdog is kept from ending us (sd_watchdog_enabled(3): at half its time). */
  keepAlive(): void {
    if (this.watchdogMs !== undefined) setInterval(() => this.send('WATCHDOG=1'), this.watchdogMs / 2).unref();
  }

  reloading(): void {
    this.send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  stopping(): void {
    this.send('STOPPING=1');
  }

  private send(...lines: readonly string[]): void {
    this.socket?.send(lines.map((line) => `${line}\n`).join(''));
  }
}
