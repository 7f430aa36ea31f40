import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DocPage, ROOT } from './doc-page.js';

/** The pages for those who run knockgate, and what more is named. */
export function docPages(...more: readonly string[]): Promise<DocPage[]> {
  const inDocs = readdirSync(join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  const names = ['README.md', 'deploy/systemd/README.md', ...inDocs.map((name) => `docs/${name}`), ...more];
  return Promise.all(names.map((name) => DocPage.read(name)));
}
