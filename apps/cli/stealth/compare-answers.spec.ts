import { describe, expect, it } from 'vitest';
import type { Answer } from './answer.js';
import { compareAnswers } from './compare-answers.js';

const answer = (words: string, shape = words): Answer => ({ askedPort: 80, fromPort: 1, words, shape });
const RST = [answer('RST', '00ff01')];

describe('compareAnswers', () => {
  it.each([
    ['the same', RST, RST, RST, { kind: 'alike', hidden: 'RST', empty: 'RST' }],
    ['silence all round', [], [], [], { kind: 'alike', hidden: 'silence', empty: 'silence' }],
    ['open', [answer('SYN+ACK', '01')], RST, RST, { kind: 'apart', hidden: 'SYN+ACK', empty: 'RST' }],
    ['filtered', [], RST, RST, { kind: 'apart', hidden: 'silence', empty: 'RST' }],
    ['a byte', [answer('RST', '00fe01')], RST, RST, { kind: 'apart', hidden: 'RST (byte 1 differs)', empty: 'RST' }],
    ['once more', [...RST, ...RST], RST, RST, { kind: 'apart', hidden: 'RST; RST', empty: 'RST' }],
    ['empty ones that differ', RST, RST, [], { kind: 'unsure', empty: ['RST', 'silence'] }],
  ] as const)('%s', (_what, hidden, one, other, verdict) => {
    expect(compareAnswers({ hidden, empty: [one, other] })).toEqual(verdict);
  });
});
