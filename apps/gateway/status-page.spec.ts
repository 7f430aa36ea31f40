import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closingPage, openPage, STATUS_PAGE_POLICY } from './status-page.js';

const pages = [openPage('2001:db8::1', 41), closingPage('The door is closed.')];

describe('the pages of a status', () => {
  it('tell who is in, for how long, and have a button', () => {
    expect(pages[0]).toContain('open for 2001:db8::1, for another <b id="left">41</b> seconds');
    expect(pages[0]).toContain('<form method="post"><button>');
    expect(pages[1]).toContain('The door is closed.');
    expect(pages[1]).not.toMatch(/<form|<script/u);
  });

  it.each(['script', 'style'])('the policy allows each %s by its hash, and nothing else', (tag) => {
    const texts = pages.flatMap((page) => [...page.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gsu'))]);
    const hashes = new Set(texts.map(([, text]) => createHash('sha256').update(text!).digest('base64')));
    expect([...hashes].map((hash) => `${tag}-src 'sha256-${hash}'`)).toEqual([
      STATUS_PAGE_POLICY.split('; ').find((directive) => directive.startsWith(`${tag}-src`)),
    ]);
    expect(STATUS_PAGE_POLICY).not.toContain('unsafe');
  });

  it('name no product, and need nothing from elsewhere', () => {
    for (const page of pages) expect(page).not.toMatch(/knock|https?:|src=|href=/iu);
  });
});
