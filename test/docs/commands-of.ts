import type { CodeBlock, DocPage } from './doc-page.js';

/** A command line as a page has it, for a shell. */
export interface DocCommand {
  readonly page: string;
  readonly line: number;
  readonly command: string;
  /** On which host it is typed: that of its prompt (`client$ …`), else the server. */
  readonly host: string;
  /** What the page says that it prints; undefined where it says nothing. */
  readonly output: string | undefined;
}

const PROMPT = /^([a-z]*)\$ (.*)$/u;
const PROGRAMS =
  'knockgate|redis-cli|docker|docker-compose|systemctl|systemd-analyze|journalctl|npm|man|curl|nmap|knock|iptables|' +
  'apt-get|setpriv|setcap|source|tcpdump|for|ss|nft';
const TYPED = new RegExp(String.raw`^(?:[A-Z_]+=\S+ )*(?:sudo |npx )?(?:${PROGRAMS}) \S`, 'u');
/** Stands for something that the reader has to choose. */
const FORM = /\b(?:PORT|DOOR|FILE|URL|HOST:PORT|WORD)\b|…/u;

/** The commands of its blocks in `sh` and `console`, and of such indented ones, in their order. */
export function commandsOf(page: DocPage): DocCommand[] {
  return page.blocks.flatMap((block) => {
    const kind = block.language ?? kindOf(block.text);
    if (kind === 'console') return consoleCommands(block);
    return kind === 'sh' ? shellCommands(block) : [];
  });
}

/** Of an indented block: by its first line. */
function kindOf(text: string): 'console' | 'sh' | 'text' {
  if (PROMPT.test(text.split('\n', 1)[0]!)) return 'console';
  return TYPED.test(text) ? 'sh' : 'text';
}

/** Command lines, with arguments, that stand in its text. */
export function spansOf(page: DocPage): string[] {
  return [...new Set(page.spans.filter((span) => TYPED.test(span) && !FORM.test(span)))];
}

/** Each line is one, unless the line before it ends in a backslash, or opens what it does not close. */
function shellCommands({ page, line, text }: CodeBlock): DocCommand[] {
  const commands: DocCommand[] = [];
  let open = '';
  for (const [index, each] of text.split('\n').entries()) {
    if (open === '' && /^\s*(?:#|$)/u.test(each)) continue;
    open = open === '' ? each : `${open}\n${each}`;
    if (each.endsWith('\\') || /<<'(\w+)'/u.test(open) !== /^\w+$/mu.test(open)) continue;
    commands.push({ page, line: line + 1 + index, command: plain(open), host: 'server', output: undefined });
    open = '';
  }
  if (open !== '') throw new Error(`${page}:${line}: a command without its end`);
  return commands;
}

function consoleCommands({ page, line, text }: CodeBlock): DocCommand[] {
  const commands: { page: string; line: number; command: string; host: string; output: string }[] = [];
  for (const [index, each] of text.split('\n').entries()) {
    const [, host, command] = PROMPT.exec(each) ?? [];
    const last = commands.at(-1);
    if (command !== undefined) {
      commands.push({ page, line: line + 1 + index, command: plain(command), host: host || 'server', output: '' });
    } else if (last === undefined) throw new Error(`${page}:${line}: output without a command`);
    else last.output += `${each}\n`;
  }
  return commands;
}

/** Without the comment at its end. */
function plain(command: string): string {
  return command.replace(/ {2,}# [^\n'"]*$/u, '').trimEnd();
}
