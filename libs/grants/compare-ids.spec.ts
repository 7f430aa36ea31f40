import { describe, expect, it } from 'vitest';
import { compareIds } from './compare-ids.js';

describe('compareIds', () => {
  it('goes by the time, then by the number; not by the text', () => {
    const ids = ['1795862210379-10', '999-0', '1795862210379-9', '1795862210379-0', '7', '10'];
    expect(ids.toSorted(compareIds)).toEqual([
      '7',
      '10',
      '999-0',
      '1795862210379-0',
      '1795862210379-9',
      '1795862210379-10',
    ]);
    expect(compareIds('5-1', '5-1')).toBe(0);
  });
});
