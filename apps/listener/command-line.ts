/** What is spawned: a program and its arguments, never through a shell unless the line needs one. */
export type CommandVector = readonly [program: string, ...args: string[]];

/** Outside of quotes any of these means something to sh (POSIX, 2.2 and 2.6). */
const SHELL_SYNTAX = /[|&;<>()$`\\*?[\]#~{}!\n]/u;
const WORD = /\s*((?:[^\s"']|"[^"]*"|'[^']*')+)/uy;
/** Words that sh takes itself; there is no such program. */
const SHELL_WORDS = new Set(
  '. : alias break case cd eval exec exit export for if local read readonly return set shift source trap ulimit umask unset until while'.split(
    ' ',
  ),
);

/**
 * The vector for a command line in which `%IP%` stands for `ip`. A line of plain and quoted words is run as it is, any
 * other by `/bin/sh -c`. SECURITY: `ip` must be canonical text (`formatAddress`): hex digits, dots and colons, nothing
 * that a shell could take for syntax.
 */
export function commandVector(line: string, ip: string): CommandVector {
  const words = plainWords(line);
  const filled = (text: string): string => text.replaceAll('%IP%', ip);
  const [program, ...args] = words ?? [];
  if (program === undefined) return ['/bin/sh', '-c', filled(line)];
  return [filled(program), ...args.map(filled)];
}

/** The words of a line without shell syntax, their quotes taken off; undefined if only a shell can tell. */
function plainWords(line: string): string[] | undefined {
  const words: string[] = [];
  const text = line.trimEnd();
  WORD.lastIndex = 0;
  while (WORD.lastIndex < text.length) {
    const match = WORD.exec(text);
    const word = match === null ? undefined : unquoted(match[1]!);
    if (word === undefined) return undefined; // a quote without its end, or syntax
    words.push(word);
  }
  const [first = ''] = words;
  return SHELL_WORDS.has(first) || first.includes('=') ? undefined : words;
}

function unquoted(word: string): string | undefined {
  let text = '';
  for (const [part] of word.matchAll(/"[^"]*"|'[^']*'|[^"']+/gu)) {
    if (part.startsWith("'")) text += part.slice(1, -1);
    else if (part.startsWith('"')) {
      if (/[$`\\]/u.test(part)) return undefined;
      text += part.slice(1, -1);
    } else if (SHELL_SYNTAX.test(part)) return undefined;
    else text += part;
  }
  return text;
}
