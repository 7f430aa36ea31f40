import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DocPage, ROOT } from './doc-page.js';
import { docPages } from './doc-pages.js';

const pages = await docPages('CHANGELOG.md', 'CONTRIBUTING.md');

/** What is wrong with a link of a page; undefined: nothing. */
async function faultOf(link: string, page: DocPage): Promise<string | undefined> {
  const [path = '', anchor] = link.split('#');
  const name = path === '' ? page.name : normalize(join(dirname(page.name), path));
  if (!existsSync(join(ROOT, name))) return `${link}: no such file`;
  if (anchor === undefined || (await DocPage.read(name)).anchors.includes(anchor)) return undefined;
  return `${link}: no such heading`;
}

describe.each(pages)('the links of $name', (page) => {
  it('lead to files and headings that are there', async () => {
    const inner = page.links.filter((link) => !/^https?:/u.test(link));
    const faults = await Promise.all(inner.map((link) => faultOf(link, page)));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });
});

it('README.md leads to every page of docs', () => {
  const [readme, ...others] = pages;
  const linked = readme!.links.map((link) => link.replace(/#.*$/u, ''));
  const docs = others.map(({ name }) => name).filter((name) => name.startsWith('docs/'));
  expect(linked).toEqual(expect.arrayContaining(docs));
});
