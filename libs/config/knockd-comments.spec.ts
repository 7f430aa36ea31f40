import { describe, expect, it } from 'vitest';
import { KnockdComments } from './knockd-comments.js';

describe('KnockdComments', () => {
  it('hands out what stands above a line, once, and at last the rest', () => {
    const comments = new KnockdComments('# one\n[A]\n\n  #two \r\n## three\nsequence = 1\n#\n# # four');
    expect(comments.before(2)).toEqual([' one']);
    expect(comments.before(2)).toEqual([]);
    expect(comments.before(6)).toEqual(['two', '# three']);
    expect(comments.rest()).toEqual(['', ' # four']);
    expect(comments.rest()).toEqual([]);
  });

  it('lets no character end a comment', () => {
    expect(new KnockdComments('# a\rb\u{85}c\u{2028}d\te').rest()).toEqual([' a?b?c?d\te']);
  });
});
