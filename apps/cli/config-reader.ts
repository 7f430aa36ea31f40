import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Loaded, Settings } from '#config';
import { limitChildren } from '#kernel';
import { accepted, type ConfigWishes, loadConfig } from './config-options.js';
import { say } from './say.js';

const CHILD = new URL('./config-reader.child.js', import.meta.url);

/**
 * Reads the config again. Where the process is about to become a user who may not read it, a child that stays who it
 * is reads it in its place: it knows that one question, may read files and no more, and neither opens nor hears anything.
 */
export class ConfigReader {
  private child: ChildProcess | undefined;

  constructor(private readonly wishes: ConfigWishes) {}

  /** To be called while this process may still read it, and when it is to start nothing else with rights. */
  stayAsUser(): void {
    limitChildren(['DAC_READ_SEARCH']);
    // none of ours: a pipe would become one that blocks, see `logStream`
    const stdio = ['ignore', 'ignore', 'ignore', 'ipc'] as const;
    this.child = fork(CHILD, [JSON.stringify(this.wishes)], { serialization: 'advanced', stdio: [...stdio] });
    this.child.on('error', () => {}); // told where it is asked
    this.child.unref();
    this.child.channel?.unref();
  }

  /** @throws CommandFailed with every fault; an Error if the child is gone */
  async read(): Promise<Settings> {
    return accepted(this.child === undefined ? loadConfig(this.wishes) : await this.ask(this.child), say);
  }

  close(): void {
    if (this.child?.connected === true) this.child.disconnect();
  }

  private async ask(child: ChildProcess): Promise<Loaded> {
    if (!child.connected) throw new Error('the process that reads the config has ended; restart this one');
    const asked = new AbortController(); // or each question would leave its listeners with the child
    const { signal } = asked;
    const answer = Promise.race([once(child, 'message', { signal }), once(child, 'exit', { signal }).then(() => [])]);
    child.send('read');
    const [loaded] = await answer.finally(() => asked.abort());
    if (loaded === undefined) throw new Error('the process that reads the config has ended; restart this one');
    return loaded as Loaded;
  }
}
