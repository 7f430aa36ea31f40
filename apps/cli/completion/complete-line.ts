import type { Argument, Command, Option } from 'commander';

export interface Candidate {
  readonly text: string;
  readonly about: string;
}

/** What may stand where the cursor is: the name of a file, or one of these. */
export type Completion = { readonly kind: 'files' } | { readonly kind: 'words'; readonly words: readonly Candidate[] };

/** What a command line names its config by. */
export interface NamedConfig {
  readonly config?: string;
  readonly knockdConf?: string;
  readonly upstream?: string;
}

/**
 * Completes the last of these words, from the commands' own definition.
 * @param words the command line behind `knockgate`, up to the cursor
 * @param doors the names of the doors in this config
 */
export function completeLine(
  program: Command,
  words: readonly string[],
  doors: (named: NamedConfig) => readonly string[],
): Completion {
  const typed = words.at(-1) ?? '';
  const line = readLine(program, words.slice(0, -1));
  const named = (): Candidate[] => doors(line.values).map((door) => ({ text: door, about: 'door' }));
  // bash parts --config=FILE at the sign
  const prefix = typed === '=' ? '' : typed;
  if (line.awaiting !== undefined) return valuesOf(line.awaiting, prefix, named);
  if (typed.startsWith('-')) return matching(typed, optionsOf(line.command));
  if (line.operands === 0 && line.command.commands.length > 0) return matching(typed, commandsOf(line.command));
  const argument = argumentAt(line.command, line.operands);
  if (argument === undefined) return matching(typed, []);
  if (argument.name() === 'command') return matching(typed, commandsOf(program));
  return valuesOf(argument, typed, named);
}

interface Line {
  readonly command: Command;
  /** Arguments so far, options and sub-commands not counted. */
  readonly operands: number;
  /** The option whose value comes next. */
  readonly awaiting: Option | undefined;
  readonly values: NamedConfig;
}

function readLine(program: Command, words: readonly string[]): Line {
  let command = program;
  let operands = 0;
  let awaiting: Option | undefined;
  const values: Record<string, string> = {};
  for (const word of words) {
    const option = command.options.find(({ long, short }) => word === long || word === short);
    if (awaiting !== undefined) {
      if (word === '=') continue;
      values[awaiting.attributeName()] = word;
      awaiting = undefined;
    } else if (option !== undefined) {
      awaiting = option.required || option.optional ? option : undefined;
    } else if (!word.startsWith('-')) {
      const sub = operands === 0 ? childrenOf(command).find((each) => each.name() === word) : undefined;
      command = sub ?? command;
      operands += sub === undefined ? 1 : 0;
    }
  }
  return { command, operands, awaiting, values };
}

/** Those that --help shows. */
function childrenOf(command: Command): Command[] {
  return command.createHelp().visibleCommands(command);
}

function commandsOf(command: Command): Candidate[] {
  return childrenOf(command).map((each) => ({ text: each.name(), about: each.description() }));
}

function optionsOf(command: Command): Candidate[] {
  const options = command.createHelp().visibleOptions(command);
  return options.map(({ long, short, description }) => ({ text: long ?? short ?? '', about: description }));
}

function argumentAt({ registeredArguments: all }: Command, place: number): Argument | undefined {
  const last = all.at(-1);
  return all[place] ?? (last?.variadic === true ? last : undefined);
}

function valuesOf(one: Argument | Option, typed: string, doors: () => Candidate[]): Completion {
  const name = 'attributeName' in one ? one.attributeName() : one.name();
  if (name === 'door') return matching(typed, doors());
  const takesFile = 'flags' in one ? one.flags.endsWith('<file>') : name === 'knockd.conf';
  if (takesFile) return { kind: 'files' };
  return matching(
    typed,
    (one.argChoices ?? []).map((text) => ({ text, about: '' })),
  );
}

function matching(typed: string, candidates: readonly Candidate[]): Completion {
  return { kind: 'words', words: candidates.filter(({ text }) => text.startsWith(typed)) };
}
