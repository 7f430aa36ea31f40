import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { TempDir } from '../lab/temp-dir.js';
import { Terminal } from '../lab/terminal.js';

const CONFIG = `
store: memory
doors:
  HTTP: { sequence: '7341,6120,9853', listen: 127.0.0.1:8080, upstream: sample }
  'My door': { sequence: '7342,6121,9854', listen: 127.0.0.1:8081, upstream: sample }
`;
const SHELLS = [
  { shell: 'bash', start: ['bash', '--norc', '-i'], load: 'source <(knockgate completion bash)' },
  {
    shell: 'zsh',
    start: ['zsh', '-f', '-i'],
    load: 'autoload -U compinit; compinit -u -D; source <(knockgate completion zsh)',
  },
  { shell: 'fish', start: ['fish', '--no-config', '-i'], load: 'knockgate completion fish | source' },
] as const;

/** What a person types, a tab for each ⇥, and what knockgate is then run with. */
const LINES = [
  ['knockgate unh⇥22', ['unhide', '22']],
  ['knockgate grants wa⇥--js⇥', ['grants', 'watch', '--json']],
  ['knockgate grant HT⇥203.0.113.7 --fo⇥5m', ['grant', 'HTTP', '203.0.113.7', '--for', '5m']],
  ['knockgate events My⇥--foll⇥', ['events', 'My door', '--follow']],
  ['knockgate knock localhost --door HT⇥', ['knock', 'localhost', '--door', 'HTTP']],
  ['knockgate check --config other.ya⇥', ['check', '--config', 'other.yaml']],
  ['knockgate howto --config other.yaml OTH⇥', ['howto', '--config', 'other.yaml', 'OTHER']],
] as const;

describe.each(SHELLS)('completion in $shell', ({ shell, start, load }) => {
  let folder: TempDir;
  let terminal: Terminal;
  const ran = async (): Promise<string[]> => (await readFile(folder.file('ran'), 'utf8')).split('\n').slice(0, -1);

  beforeAll(async () => {
    folder = await TempDir.create('completion');
    await writeFile(folder.file('knockgate.yaml'), CONFIG);
    await writeFile(folder.file('other.yaml'), CONFIG.replace('HTTP', 'OTHER'));
    // answers the shell, and writes down whatever else it is run with
    const script = `#!/bin/sh
case $1 in completion|__complete) exec ${Knockgate.command([]).join(' ')} "$@" ;; esac
printf '%s\\n' "$@" > ran.part; mv ran.part ran
`;
    await writeFile(folder.file('knockgate'), script, { mode: 0o755 });
    const env = { PATH: `${folder.path}:${process.env['PATH']}`, HOME: folder.path };
    terminal = await Terminal.start(start, { cwd: folder.path, env });
    terminal.type(`${load}\rknockgate ready\r`);
    await vi.waitFor(async () => expect(await ran()).toEqual(['ready']), { timeout: 20_000 });
  });
  beforeEach(async () => {
    await rm(folder.file('ran'), { force: true });
  });
  afterAll(async () => {
    await terminal[Symbol.asyncDispose]();
    await folder.remove();
  });

  it.each(LINES)('%s', async (line, words) => {
    terminal.type(`${line.replaceAll('⇥', '\t')}\r`);
    await vi.waitFor(async () => expect(await ran()).toEqual(words), { timeout: 20_000 });
  });

  it('has its script from the command, and no other shell has', async () => {
    const { code, stdout } = await Knockgate.run(['completion', shell]);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`${shell} completion for knockgate`)]);
    const other = await Knockgate.run(['completion', 'tcsh']);
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/Allowed choices are bash, zsh, fish/u)]);
  });
});
