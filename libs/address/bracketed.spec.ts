import { expect, it } from 'vitest';
import { bracketed } from './bracketed.js';

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['example.org', 'example.org'],
  ['::', '[::]'],
  ['2001:db8::1', '[2001:db8::1]'],
])('%s stands before a port as %s', (host, text) => {
  expect(bracketed(host)).toBe(text);
});
