import type { Settings } from '#config';
import type { GrantStore } from '#grants';
import type { EventLog, Metrics } from '#telemetry';
import { Console, ConsoleSeat, ConsoleUnavailable } from '../console/index.js';
import { CommandFailed } from './command-failed.js';
import { ownVersion } from './own-version.js';
import { say } from './say.js';
import type { Role } from './start-process.js';

interface Wish {
  readonly roles: readonly Role[];
  readonly settings: Settings;
}

interface ConsoleMeans {
  readonly store: GrantStore;
  readonly log: EventLog;
  readonly metrics: Metrics;
}

/** What a process is that has the operator's console. Loaded by those alone. */
export class ConsoleRole {
  private constructor(
    private readonly wish: Wish,
    /** Or why there is none, which is told once the process has all else. */
    private readonly seat: ConsoleSeat | ConsoleUnavailable,
  ) {}

  /**
   * Takes what the console needs while there are rights to it; undefined: the config wants none. One that nobody has
   * asked for is done without where it cannot be had.
   * @throws CommandFailed
   */
  static take(wish: Wish): ConsoleRole | undefined {
    const { roles, settings } = wish;
    if (isAlone(roles)) refuseUseless(settings);
    if (settings.console === undefined) return undefined;
    try {
      return new ConsoleRole(wish, ConsoleSeat.take(settings.console));
    } catch (error) {
      return new ConsoleRole(wish, acceptable(error, wish));
    }
  }

  /** Whether there will be one, as far as can be told before it is opened. */
  get isSeated(): boolean {
    return this.seat instanceof ConsoleSeat;
  }

  /** Opens it, and says where. @throws CommandFailed */
  async open(means: ConsoleMeans): Promise<Console | undefined> {
    const { seat, wish } = this;
    if (seat instanceof ConsoleUnavailable) return without(seat, means.log);
    try {
      const opened = await Console.open(seat, { ...means, settings: wish.settings, version: ownVersion() });
      means.log.emit({ event: 'console_listening', address: seat.url });
      say(whereItIs(seat));
      return opened;
    } catch (error) {
      return without(acceptable(error, wish), means.log);
    }
  }

  /** Of one that was never opened. */
  close(): void {
    if (this.seat instanceof ConsoleSeat) this.seat.leave();
  }
}

/**
 * SECURITY: the token is for the eyes of who starts it: on a terminal, or as it is made, since then nobody has it yet.
 * Never to systemd's journal, which is a log.
 */
function whereItIs({ link, url, tokenFile, isNew }: ConsoleSeat): string {
  const isSeen = process.stderr.isTTY || (isNew && process.env['JOURNAL_STREAM'] === undefined);
  return isSeen ? `console: ${link}` : `console: ${url} asks for the token in ${tokenFile}`;
}

function refuseUseless({ console: own, store }: Settings): void {
  if (own === undefined) {
    throw new CommandFailed(['console: off in the config; write where it is to listen, or leave the key out'], 2);
  }
  if (store.kind !== 'memory') return;
  const cure =
    'name a Redis in the config (store: redis://127.0.0.1:6379) or in REDIS_URL; `knockgate up` has a console of its own';
  throw new CommandFailed([`store: memory: another process's grants cannot be seen; ${cure}`], 2);
}

/** One that nobody has asked for. @throws CommandFailed for any other */
function acceptable(error: unknown, { roles, settings }: Wish): ConsoleUnavailable {
  if (!(error instanceof ConsoleUnavailable)) throw error;
  if (!isAlone(roles) && settings.console?.isNamed !== true) return error;
  throw new CommandFailed([`console: ${error.message}`], 1, { cause: error });
}

function without({ message }: ConsoleUnavailable, log: EventLog): undefined {
  log.emit({ event: 'console_unavailable', reason: message });
}

function isAlone(roles: readonly Role[]): boolean {
  return roles.length === 1;
}
