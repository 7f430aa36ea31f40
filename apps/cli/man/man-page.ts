import type { Argument, Command, Option } from 'commander';
import { type CommandTexts, textsOf } from '../command-texts.js';
import { DESCRIPTION, ENVIRONMENT, EXAMPLES, EXIT_STATUS, FILES, SEE_ALSO } from './man-texts.js';
import { bold, escaped, filled, italic, verbatim } from './roff.js';

/** When the page's form last changed; not the day of the build, as the page is made of nothing but the sources. */
const DATE = '2026-11-25';

/** knockgate(1), in man(7)'s language, of the same commands and texts as --help. */
export function manPage(program: Command): string {
  const name = program.name();
  const lines = [
    String.raw`.\" Made from the command line's own definition: npm run man`,
    `.TH ${name.toUpperCase()} 1 ${DATE} "${name} ${escaped(program.version()!)}"`,
    '.SH NAME',
    `${name} ${String.raw`\-`} hides TCP services until a port knock opens them`,
    '.SH SYNOPSIS',
    String.raw`${bold(name)} [${bold('--debug')}] ${italic('command')} [${italic('argument')} \&...]`,
    '.SH DESCRIPTION',
    ...paragraphs(DESCRIPTION),
    '.SH OPTIONS',
    ...program.createHelp().visibleOptions(program).flatMap(optionLines),
    '.SH COMMANDS',
    ...commandsOf(program).flatMap(commandLines),
    '.SH EXIT STATUS',
    ...EXIT_STATUS.flatMap(tagged),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(tagged),
    '.SH FILES',
    ...FILES.flatMap(tagged),
    '.SH EXAMPLES',
    ...EXAMPLES.flatMap(exampleLines).slice(1), // no .PP behind a heading
    '.SH SEE ALSO',
    ...SEE_ALSO.map(([page, section], i) => `.BR ${escaped(page)} (${section})${i === SEE_ALSO.length - 1 ? '' : ','}`),
  ];
  return `${lines.join('\n')}\n`;
}

/** Every command that does something, in the order of --help; help itself is none. */
export function commandsOf(command: Command): Command[] {
  const { commands } = command;
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => commands.includes(each))
    .flatMap((each) => (each.commands.length > 0 ? commandsOf(each) : [each]));
}

/** `grants watch` */
export function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent == null ? command.name() : `${pathOf(parent)} ${command.name()}`;
}

function commandLines(command: Command): string[] {
  const texts = textsOf(command);
  const usage = [bold(pathOf(command)), `[${italic('options')}]`, ...command.registeredArguments.map(argumentTerm)];
  return [
    `.SS ${pathOf(command)}`,
    usage.join(' '),
    '.PP',
    ...filled(sentence(command.description())),
    ...command.registeredArguments.flatMap(argumentLines),
    ...command.options.flatMap(optionLines),
    ...(texts === undefined ? [] : moreLines(texts)),
  ];
}

function moreLines({ details = [], examples, redis = [], exit }: CommandTexts): string[] {
  return [
    ...(details.length > 0 ? ['.PP', ...paragraphs(details)] : []),
    '.PP',
    examples.length > 1 ? 'Examples:' : 'Example:',
    '.PP',
    ...verbatim(examples),
    ...(redis.length > 0 ? ['.PP', ...filled('The same with redis-cli:'), '.PP', ...verbatim(redis)] : []),
    '.PP',
    ...filled(
      `Exit status: ${Object.entries(exit)
        .map(([status, meaning]) => `${status} ${meaning}`)
        .join(', ')}.`,
    ),
  ];
}

function argumentTerm(argument: Argument): string {
  const term = italic(argument.name()) + (argument.variadic ? String.raw` \&...` : '');
  return argument.required ? term : `[${term}]`;
}

function argumentLines(argument: Argument): string[] {
  return ['.TP', italic(argument.name()), ...filled(sentence(argument.description))];
}

/** Its flags, then what it does and its default. */
function optionLines(option: Option): string[] {
  const flags = option.flags
    .split(', ')
    .map((flag) => flag.split(' '))
    .map(([name, value]) => bold(name!) + (value === undefined ? '' : ` ${italic(value.replaceAll(/[<>]/gu, ''))}`));
  const isDefault = option.defaultValue === undefined ? '' : ` (default: ${String(option.defaultValue)})`;
  return ['.TP', flags.join(', '), ...filled(sentence(option.description + isDefault))];
}

function tagged([term, text]: readonly [string, string]): string[] {
  return ['.TP', bold(term), ...filled(text)];
}

function exampleLines([what, commands]: readonly [string, readonly string[]]): string[] {
  return ['.PP', ...filled(what), '.PP', ...verbatim(commands)];
}

function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text, i) => [...(i === 0 ? [] : ['.PP']), ...filled(text)]);
}

/** A capital and a full stop, unless the first word is a name that has none. */
function sentence(text: string): string {
  const first = /^[a-z]+(?= |$)/u.test(text) ? text.charAt(0).toUpperCase() : text.charAt(0);
  return `${first}${text.slice(1)}${/[.:]$/u.test(text) ? '' : '.'}`;
}
