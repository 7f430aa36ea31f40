import { hostPort, parseAddress } from '#address';
import type { ConsoleSettings } from '#config';
import { bindFault, bindTcp, closeSocket, familyOf } from '#kernel';
import type { ConsoleFront } from './console-front.js';
import { ConsoleUnavailable } from './console-unavailable.js';
import { type PageFile, pageFiles } from './page-files.js';
import { tokenFile } from './token-file.js';

/** What a console takes from the host, while there are rights to it: its port, its token and its page. */
export class ConsoleSeat {
  private constructor(
    private readonly settings: ConsoleSettings,
    readonly token: string,
    /** The token is new: nobody knows it yet. */
    readonly isNew: boolean,
    readonly page: ReadonlyMap<string, PageFile>,
    private fd: number | undefined,
  ) {}

  /** @throws ConsoleUnavailable; then nothing is left open */
  static take(settings: ConsoleSettings): ConsoleSeat {
    const { token, made } = tokenFile(settings.tokenFile);
    return new ConsoleSeat(settings, token, made, pageFiles(), bind(settings));
  }

  /** Where the page is, without the token. */
  get url(): string {
    return `http://${hostPort(this.settings.listen)}/`;
  }

  /** SECURITY: for the eyes of who started it, and for no log. A fragment is never sent to a server. */
  get link(): string {
    return `${this.url}#token=${this.token}`;
  }

  get tokenFile(): string {
    return this.settings.tokenFile;
  }

  /** @throws ConsoleUnavailable */
  async open(front: ConsoleFront): Promise<void> {
    const { fd } = this;
    this.fd = undefined; // the server's from here on
    try {
      await front.listen(fd === undefined ? this.settings.listen : { fd });
    } catch (error) {
      throw unavailable(this.settings, error);
    }
  }

  /** Of one that was never opened. */
  leave(): void {
    if (this.fd !== undefined) closeSocket(this.fd);
    this.fd = undefined;
  }
}

function bind(settings: ConsoleSettings): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const { host, port } = settings.listen;
  try {
    return bindTcp({ address: parseAddress(host)!, family: familyOf(host), port }).fd;
  } catch (error) {
    throw unavailable(settings, error);
  }
}

function unavailable(settings: ConsoleSettings, cause: unknown): ConsoleUnavailable {
  const { code = String(cause) } = cause as NodeJS.ErrnoException;
  return new ConsoleUnavailable(`cannot listen on ${hostPort(settings.listen)}: ${bindFault(code)}`, { cause });
}
