import type { Command } from 'commander';
import { canonicalAddress } from '#address';
import type { SourcesAnswer, WhyAnswer, WhyListener } from '../../listener/index.js';
import { CommandFailed } from '../command-failed.js';
import { withTexts } from '../command-texts.js';
import { type ConfigOptions, readSettings, withConfig } from '../config-options.js';
import { print, say } from '../say.js';
import { paintFor } from '../terminal/paint.js';
import { advice } from '../why/advice.js';
import { type Asked, askListeners } from '../why/ask-listeners.js';
import { sourcesLines, whyLines } from '../why/why-lines.js';

interface WhyOptions extends ConfigOptions {
  readonly control?: string;
  readonly json?: boolean;
}

export function addWhy(program: Command): void {
  const command = withConfig(
    program.command('why').description('why a knock did not open: each packet of an IP, and what to do about it'),
  )
    .argument('[ip]', 'the source of the knock; without it: who was heard lately')
    .argument('[door]', 'this door only')
    .option('--control <folder>', "where the listeners' sockets are (default: control in the config)")
    .option('--json', 'print it all as JSON')
    .action((ip: string | undefined, door: string | undefined, options: WhyOptions) => why(ip, door, options));
  withTexts(command, {
    details: [
      'Asks the listeners that run on this host what they have heard: expected, got, how long after the one before, and what became of it. They keep the last packets in memory (limits.journal). For root and for the user that a listener was started as: the answer has ports of the sequence.',
      'The kernel keeps from the listener what can be no knock: TCP packets without the flags that some door counts, ports in ignore_ports and those that this host serves, UDP where no sequence has any. These are not listed.',
    ],
    examples: ['knockgate why 203.0.113.7', 'knockgate why 203.0.113.7 HTTP --json', 'knockgate why'],
    exit: { 0: 'something was heard', 1: 'nothing was heard, or there is no listener', 2: 'wrong usage or config' },
  });
}

async function why(text: string | undefined, door: string | undefined, options: WhyOptions): Promise<void> {
  const folder = controlFolder(options);
  if (text === undefined) return showSources(await ask<SourcesAnswer>(folder, '/sources'), options.json === true);
  const ip = canonicalAddress(text);
  if (ip === undefined) throw new CommandFailed([notAnAddress(text, door)], 2);
  const query = new URLSearchParams({ ip, ...(door === undefined ? {} : { door }) });
  const answers = await ask<WhyAnswer>(folder, `/why?${query.toString()}`);
  if (door !== undefined) expectDoor(door, answers);
  showAnswers(answers, { ip, door, json: options.json === true });
}

function notAnAddress(text: string, second: string | undefined): string {
  const swapped = second !== undefined && canonicalAddress(second) !== undefined;
  return swapped ? `the IP comes first: knockgate why ${second} ${text}` : `not an IP address: ${text}`;
}

function controlFolder({ control, ...options }: WhyOptions): string {
  if (control !== undefined) return control;
  const folder = readSettings(options, say).control;
  if (folder !== undefined) return folder;
  throw new CommandFailed(['control: off: the listeners of this config have no socket to be asked at'], 2);
}

/** @throws CommandFailed if nobody answers */
async function ask<T extends { readonly listener: WhyListener }>(folder: string, path: string): Promise<readonly T[]> {
  const { answers, refused } = await asked<T>(folder, path);
  if (answers.length > 0) return answers;
  if (refused.length > 0) {
    throw new CommandFailed([`may not ask the listener: ${refused.join(', ')}; ask as root, or as its user`], 1);
  }
  const cure = 'start one (knockgate up, or listen), or name the folder of its socket (--control FOLDER)';
  throw new CommandFailed([`no listener runs here: none answers in ${folder}; ${cure}`], 1);
}

async function asked<T>(folder: string, path: string): Promise<Asked<T>> {
  try {
    return await askListeners<T>(folder, path);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new CommandFailed([`${folder}: cannot be read: ${code}; name another with --control FOLDER`], 1, {
      cause: error,
    });
  }
}

function expectDoor(door: string, answers: readonly WhyAnswer[]): void {
  const names = new Set(answers.flatMap(({ listener }) => listener.doors.map(({ name }) => name)));
  if (names.has(door)) return;
  throw new CommandFailed([`no door ${door}; the listener has ${[...names].join(', ')}`], 2);
}

interface Asking {
  readonly ip: string;
  readonly door: string | undefined;
  readonly json: boolean;
}

function showAnswers(answers: readonly WhyAnswer[], { ip, door, json }: Asking): void {
  const heard = answers.filter(({ entries }) => entries.length > 0);
  const paint = paintFor(process.stdout);
  // whoever heard last knows most
  const latest = heard.toSorted((x, y) => x.entries.at(-1)!.ago_ms - y.entries.at(-1)!.ago_ms)[0] ?? answers[0]!;
  const todo = advice({ ...latest, door });
  if (json) print(JSON.stringify({ ip, advice: todo, answers }));
  else {
    for (const answer of heard) {
      for (const line of whyLines(answer, paint)) print(line);
      print('');
    }
    print(todo);
  }
  if (heard.length === 0) process.exitCode = 1;
}

function showSources(answers: readonly SourcesAnswer[], json: boolean): void {
  const paint = paintFor(process.stdout);
  if (json) print(JSON.stringify({ answers }));
  const heard = answers.filter(({ sources }) => sources.length > 0);
  for (const [i, answer] of (json ? [] : heard).entries()) {
    if (i > 0) print('');
    for (const line of sourcesLines(answer, paint)) print(line);
  }
  if (heard.length > 0) return;
  process.exitCode = 1;
  say('nothing was heard yet; knockgate doctor looks at what may keep packets from this host');
}
