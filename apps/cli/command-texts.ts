import type { Command } from 'commander';

/** What help and manual say of a command beyond what commander knows of it. */
export interface CommandTexts {
  /** Paragraphs. */
  readonly details?: readonly string[];
  /** Command lines. */
  readonly examples: readonly string[];
  /** How the same is done with redis-cli. */
  readonly redis?: readonly string[];
  /** What each exit status means. */
  readonly exit: Readonly<Partial<Record<0 | 1 | 2, string>>>;
}

const HELP_COLUMNS = 80;
const texts = new WeakMap<Command, CommandTexts>();

/** Adds them to the command's help. */
export function withTexts(command: Command, own: CommandTexts): Command {
  texts.set(command, own);
  return command.addHelpText('after', helpText(own));
}

/** Undefined for a command that is there for its sub-commands, or that commander itself adds. */
export function textsOf(command: Command): CommandTexts | undefined {
  return texts.get(command);
}

function helpText({ details = [], examples, redis = [], exit }: CommandTexts): string {
  const lines = details.flatMap((paragraph) => ['', ...wrapped(paragraph, HELP_COLUMNS)]);
  lines.push('', examples.length > 1 ? 'Examples:' : 'Example:', ...examples.map((line) => `  ${line}`));
  if (redis.length > 0) lines.push('', 'The same with redis-cli:', ...redis.map((line) => `  ${line}`));
  const statuses = Object.entries(exit).map(([status, meaning]) => `${status} ${meaning}`);
  return [...lines, '', ...wrapped(`Exit status: ${statuses.join(', ')}.`, HELP_COLUMNS)].join('\n');
}

/** Words in lines of at most so many characters, where no word is longer. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
