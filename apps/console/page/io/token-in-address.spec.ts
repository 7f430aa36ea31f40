import { expect, it } from 'vitest';
import { tokenInAddress } from './token-in-address.js';

it.each([
  ['#token=abc_D-1', 'abc_D-1'],
  ['#token=a%2Bb%3D', 'a+b='],
  ['#token=100%', '100%'],
  ['#token=', undefined],
  ['#events', undefined],
  ['', undefined],
])('%j: %s', (hash, token) => {
  expect(tokenInAddress(hash)).toBe(token);
});
