import type { Settings } from '#config';
import type { PageFile } from './page-files.js';

/** What the console is told by the process that it is in. */
export interface ConsoleContext {
  readonly settings: Settings;
  readonly version: string;
  /** SECURITY: never in a log, nor in an answer. */
  readonly token: string;
  /** By path; none: the page was not built. */
  readonly page: ReadonlyMap<string, PageFile>;
}

/** Nest's token for the ConsoleContext. */
export const CONSOLE = Symbol('CONSOLE');
