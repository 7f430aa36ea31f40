import { Program, type ProgramOptions } from './program.js';
import { type Completed, run, type RunOptions } from './run.js';

export interface HostSettings {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  /** The network interface that has the addresses. */
  readonly interface: string;
  /** The network namespace; none: the machine's own. */
  readonly netns?: string;
}

/** A place to run programs in: one network namespace of a lab, or this machine's loopback. */
export class Host {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  readonly interface: string;
  readonly netns: string | undefined;

  readonly #namespace: { readonly netns?: string };

  constructor(settings: HostSettings) {
    this.name = settings.name;
    this.address = settings.address;
    this.address6 = settings.address6;
    this.interface = settings.interface;
    this.netns = settings.netns;
    this.#namespace = settings.netns === undefined ? {} : { netns: settings.netns };
  }

  spawn(command: string, args: readonly string[] = [], options: Omit<ProgramOptions, 'netns'> = {}): Program {
    return Program.start(command, args, { ...options, ...this.#namespace });
  }

  run(command: string, args: readonly string[] = [], options: Omit<RunOptions, 'netns'> = {}): Promise<Completed> {
    return run(command, args, { ...options, ...this.#namespace });
  }
}

export const loopback = new Host({ name: 'loopback', address: '127.0.0.1', address6: '::1', interface: 'lo' });
