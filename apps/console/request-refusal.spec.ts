import { describe, expect, it } from 'vitest';
import { hostRefusal, originRefusal } from './request-refusal.js';

describe('hostRefusal', () => {
  it.each(['127.0.0.1:4080', '127.0.0.1', '127.8.0.1:1', '[::1]:4080', 'localhost', 'LocalHost:9999'])('%s', (host) => {
    expect(hostRefusal({ host })).toBeUndefined();
  });

  it.each([
    undefined,
    '',
    'example.org',
    'example.org:4080',
    '127.0.0.1.example.org',
    'localhost.example.org',
    '127.0.0.1:4080@example.org',
    '192.0.2.1:4080',
    '[::2]',
    'a127.0.0.1',
    '127.0.0.1:',
  ])('refuses %s, whose address a stranger may say', (host) => {
    expect(hostRefusal(host === undefined ? {} : { host })).toMatchObject({ status: 421 });
  });
});

describe('originRefusal', () => {
  const host = '127.0.0.1:4080';

  it.each([
    {},
    { origin: 'http://127.0.0.1:4080' },
    { origin: 'http://127.0.0.1:4080', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
  ])('%j', (headers) => {
    expect(originRefusal({ host, ...headers })).toBeUndefined();
  });

  it.each([
    { origin: 'http://127.0.0.1:3000' },
    { origin: 'https://127.0.0.1:4080' },
    { origin: 'http://localhost:4080' },
    { origin: 'null' },
    { origin: '' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'http://127.0.0.1:4080', 'sec-fetch-site': 'cross-site' },
  ])('refuses %j', (headers) => {
    expect(originRefusal({ host, ...headers })).toMatchObject({ status: 403 });
  });
});
