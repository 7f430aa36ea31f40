import { expect, it } from 'vitest';
import { listenText } from './listen-text.js';

it.each([
  [['0.0.0.0:80', '[::]:80'], ':80'],
  [['127.0.0.1:8080'], '127.0.0.1:8080'],
  [['0.0.0.0:80', '[fd00::1]:81'], ':80, [fd00::1]:81'],
])('%j: %s', (listen, text) => {
  expect(listenText(listen)).toBe(text);
});
