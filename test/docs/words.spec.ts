import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { textsOf } from '../../apps/cli/command-texts.js';
import { commandsOf as subcommandsOf, pathOf } from '../../apps/cli/man/man-page.js';
import { createProgram } from '../../apps/cli/program.js';
import { recipe } from '../e2e/recipe.fixture.js';
import { commandsOf, spansOf } from './commands-of.js';
import { ROOT } from './doc-page.js';
import { docPages } from './doc-pages.js';
import { BY_HAND, ELSEWHERE } from './elsewhere.js';
import { knocked, must, PLANS, SAMPLE, SAMPLES } from './plans.js';
import { Scene } from './scene.js';

const pages = await docPages();
const inBlocks = pages.flatMap((page) => commandsOf(page));
const program = createProgram();
const subcommands = subcommandsOf(program);
const examples = subcommands.flatMap((command) => {
  const { examples: own = [], redis = [] } = textsOf(command) ?? {};
  return [...own, ...redis].map((line) => line.replace(/ {2,}# .*$/u, ''));
});
const words = [...new Set([...pages.flatMap(spansOf), ...examples])];
const isIn = (table: Readonly<Record<string, unknown>>) => (command: string) => Object.hasOwn(table, command);

/** `knockgate grants`, which in a text names the command and is no command line. */
function namesOne(text: string): boolean {
  const [, path] = /^(?:sudo |npx )?knockgate ([a-z]+(?: [a-z]+)?)$/u.exec(text) ?? [];
  return path !== undefined && subcommands.some((command) => [path, `${path} ls`].includes(pathOf(command)));
}

describe('every command of the docs and of --help', () => {
  it('is in a block of a page with a scene, or is run elsewhere', () => {
    const played = new Set(PLANS.map(({ page }) => page));
    const left = inBlocks.filter(
      ({ page, command }) => ![ELSEWHERE, BY_HAND].some((table) => isIn(table)(command)) && !played.has(page),
    );
    expect(left).toEqual([]);
  });

  it('elsewhere is a test that exists, and nothing is there that the docs no longer have', () => {
    for (const [file, title] of Object.values(ELSEWHERE)) {
      expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
      expect(readFileSync(join(ROOT, file), 'utf8')).toContain(title);
    }
    const told = new Set([...words, ...inBlocks.map(({ command }) => command)]);
    expect([...Object.keys(ELSEWHERE), ...Object.keys(BY_HAND)].filter((command) => !told.has(command))).toEqual([]);
  });

  it('a block in text is a drawing and has no command in it', () => {
    const drawings = pages.flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'text'));
    const lines = drawings.flatMap(({ page, text }) => text.split('\n').map((line) => `${page}: ${line.trim()}`));
    expect(
      lines.filter((line) => /: (?:\$ |(?:sudo |npx )?(?:knockgate|redis-cli|docker|npm|curl) )/u.test(line)),
    ).toEqual([]);
  });

  it('a block in any other language is of a kind that a test takes', () => {
    const languages = new Set(pages.flatMap(({ blocks }) => blocks.map(({ language = 'text' }) => language)));
    expect([...languages].toSorted()).toEqual(['console', 'haproxy', 'ini', 'nginx', 'sh', 'text', 'yaml']);
  });

  describe('those in a text, and the examples of --help', () => {
    let scene: Scene;
    beforeAll(async () => {
      scene = await Scene.create();
      await knocked(scene);
      await scene.write('/etc/knockd.conf', recipe());
      await scene.write('/etc/knockgate/knockgate.yaml', SAMPLE);
      const folders = '/usr/local/share/zsh/site-functions /etc/bash_completion.d ~/.config/fish/completions';
      await must(scene, `mkdir -p ${folders}`);
    });
    afterAll(() => scene[Symbol.asyncDispose]());

    const covered = new Set(inBlocks.map(({ command }) => command));
    const own = words.filter(
      (word) => !isIn(ELSEWHERE)(word) && !isIn(BY_HAND)(word) && !covered.has(word) && !namesOne(word),
    );
    it.each(own)('%s', async (command) => {
      await scene.write('knockgate.yaml', command.includes('SSH') ? SAMPLES : SAMPLE);
      const { code, stdout, stderr } = await scene.shell(command);
      expect([code, code === 0 ? '' : stdout + stderr]).toEqual([0, '']);
    });
  });
});
