import { expect, it } from 'vitest';
import { SharedTexts } from './shared-texts.js';

it('gives back what it is asked for, also when there are more texts than it keeps', () => {
  const texts = new SharedTexts();
  const names = Array.from({ length: 2500 }, (_, i) => `gateway-${i % 1500}.example:1 ü`);
  expect(names.map((name) => texts.of(name))).toEqual(names);
});
