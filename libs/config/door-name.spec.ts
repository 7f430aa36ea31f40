import { describe, expect, it } from 'vitest';
import { isDoorName, shownName } from './door-name.js';

describe('isDoorName', () => {
  it.each(['HTTP', 'my page', '1', 'Tür', 'a.b-c_d/e', 'x'.repeat(64), '日本'])('%j is one', (text) => {
    expect(isDoorName(text)).toBe(true);
  });

  it.each(['', ' ', ' a', 'a ', 'a:b', '{a}', 'a[1]', 'a\nb', 'a\u200Bb', 'a\u00A0b', 'x'.repeat(65), '__proto__'])(
    '%j is none',
    (text) => {
      expect(isDoorName(text)).toBe(false);
    },
  );
});

describe('shownName', () => {
  it.each([
    ['HTTP', 'HTTP'],
    ['Tür 2', 'Tür 2'],
    ['web 8080', 'web …'],
    ['sequence6000,7000', 'sequence…,…'],
    ['6000,7000', '…'],
    ['a:b', '…'],
    ['', '…'],
  ])('shows %j as %j', (text, shown) => {
    expect(shownName(text)).toBe(shown);
  });
});
