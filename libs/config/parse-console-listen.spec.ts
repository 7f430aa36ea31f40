import { describe, expect, it } from 'vitest';
import { parseConsoleListen } from './parse-console-listen.js';

describe('parseConsoleListen', () => {
  it.each([
    ['127.0.0.1:4080', { host: '127.0.0.1', port: 4080 }],
    ['127.8.0.1:4080', { host: '127.8.0.1', port: 4080 }],
    ['[::1]:4080', { host: '::1', port: 4080 }],
    [4080, { host: '127.0.0.1', port: 4080 }],
    ['4080', { host: '127.0.0.1', port: 4080 }],
  ])('reads %j', (text, address) => {
    expect(parseConsoleListen(text)).toEqual({ kind: 'ok', value: address });
  });

  it.each(['0.0.0.0:4080', '[::]:4080', '192.0.2.1:4080'])('keeps the console off %j', (text) => {
    expect(parseConsoleListen(text)).toMatchObject({ kind: 'wrong', flaws: [{ what: 'is not a loopback address' }] });
  });

  it.each(['', 'console', 0])('refuses %j', (text) => {
    expect(parseConsoleListen(text)).toMatchObject({ kind: 'wrong' });
  });
});
