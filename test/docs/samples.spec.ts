import { describe, expect, it } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { tempFile } from '../e2e/recipe.fixture.js';
import { docPages } from './doc-pages.js';

const pages = await docPages();
const blocks = pages.flatMap((page) => page.blocks);

describe('the config samples of the docs', () => {
  const samples = blocks.filter(({ language }) => language === 'yaml');
  it.each(samples.map((each) => [each.page, each.line, each.text] as const))('%s:%i', async (_page, _line, text) => {
    const file = await tempFile('knockgate.yaml', text);
    const { code, stdout } = await Knockgate.run(['check', '--config', file.path]);
    await file.remove();
    expect([code, stdout]).toEqual([0, expect.stringContaining(': valid; doors: HTTP')]);
  });

  it('docs/configuration.md has the recipe as the tests have it', async () => {
    const { text } = blocks.find(({ language }) => language === 'ini')!;
    const file = await tempFile('knockd.conf', text);
    const args = ['check', '--knockd-conf', file.path, '--upstream', 'http://127.0.0.1:8081'];
    const { code } = await Knockgate.run(args);
    await file.remove();
    expect(code).toBe(0);
  });
});
