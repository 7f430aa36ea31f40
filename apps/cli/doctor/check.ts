import type { Settings } from '#config';
import type { Hiding } from '../../gateway/index.js';
import type { ConfigOptions } from '../config-options.js';
import type { Finding, Topic } from './finding.js';

/** The commands that may be meant to run on this host, and the processes that each is. */
export const ROLES = {
  up: ['listener', 'gateway'],
  listen: ['listener'],
  serve: ['gateway'],
} as const satisfies Record<string, readonly ('listener' | 'gateway')[]>;
export type RunCommand = keyof typeof ROLES;

/** What is looked at. */
export interface Subject {
  readonly settings: Settings;
  /** What is to be run here, and the options that name its config. */
  readonly command: RunCommand;
  readonly options: ConfigOptions;
  /** What this host can hide; taken once, for it loads programs into the kernel. Undefined where no gateway is to run. */
  readonly hiding: Hiding | undefined;
}

/** Looks at one thing and changes nothing. May throw: then it could not look. */
export interface Check {
  readonly topic: Topic;
  /** The process that it is about; none: all. */
  readonly role?: 'listener' | 'gateway';
  readonly look: (subject: Subject) => readonly Finding[] | Promise<readonly Finding[]>;
}
