import { stripVTControlCharacters } from 'node:util';

/** What is another one each time: times, ids, measured milliseconds, process ids. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+Z?)?/gu, '<time>'],
  [/\b\d\d:\d\d:\d\d\.\d{3}\b/gu, '<time>'],
  [/\bprocess \d+ on \S+/gu, '<process>'],
  [/\b\d{13}-\d+\b/gu, '<id>'],
  [/\(integer\) \d+/gu, '(integer) <n>'],
  [/\b\d+(?:\.\d+)? ?(ms|s)\b/gu, '<n> $1'],
  [/\b[\w.-]+:\d+(?="|$)/gmu, '<process>'],
  [/"\d+"/gu, '"<n>"'],
  [/\b(?:Redis|version|Node|knockgate|Linux) [\d.]+\S*/gu, '<version>'],
  [/ {2,}/gu, '  '],
];

/**
 * What a page says that a command prints, and what it printed, made comparable: lines, with what varies replaced. A line
 * `…` of the page stands for any number of lines, `…` within one for anything.
 */
export function sameOutput(expected: string, actual: string): boolean {
  const pattern = general(expected)
    .map((line) => (line === '…' ? String.raw`(?:.*\n)*?` : `${line.split('…').map(literal).join('.*')}\n`))
    .join('');
  return new RegExp(`^${pattern}$`, 'u').test(`${general(actual).join('\n')}\n`);
}

function general(text: string): string[] {
  const shown = stripVTControlCharacters(text).replaceAll('\r', '').trimEnd(); // a terminal's colours and line ends
  const lines = VARYING.reduce((so, [varying, word]) => so.replaceAll(varying, word), shown).split('\n');
  return lines.map((line) => line.trimEnd());
}

function literal(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/gu, String.raw`\$&`);
}
