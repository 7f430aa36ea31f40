import { expect, it } from 'vitest';
import { hostPort } from './host-port.js';

it.each([
  ['example.org', 'example.org:80'],
  ['2001:db8::1', '[2001:db8::1]:80'],
])('%s is written %s', (host, text) => {
  expect(hostPort({ host, port: 80 })).toBe(text);
});
