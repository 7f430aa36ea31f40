import { describe, expect, it } from 'vitest';
import { parseListen } from './parse-listen.js';

describe('parseListen', () => {
  it.each([
    ['0.0.0.0:80', [{ host: '0.0.0.0', port: 80 }]],
    ['[::]:80', [{ host: '::', port: 80 }]],
    ['[2001:DB8:0::1]:8080', [{ host: '2001:db8::1', port: 8080 }]],
    [
      80,
      [
        { host: '0.0.0.0', port: 80 },
        { host: '::', port: 80 },
      ],
    ],
    [
      ' 8080 ',
      [
        { host: '0.0.0.0', port: 8080 },
        { host: '::', port: 8080 },
      ],
    ],
    [
      ['127.0.0.1:80', '127.0.0.2:80', '127.0.0.1:81'],
      [
        { host: '127.0.0.1', port: 80 },
        { host: '127.0.0.2', port: 80 },
        { host: '127.0.0.1', port: 81 },
      ],
    ],
  ])('reads %j', (text, addresses) => {
    expect(parseListen(text)).toEqual({ kind: 'ok', value: addresses });
  });

  it.each([
    ['', 'is not an address to listen on'],
    ['localhost:80', 'is not an address to listen on'],
    [':80', 'is not an address to listen on'],
    ['0.0.0.0', 'is not an address to listen on'],
    ['0.0.0.0:0', 'is not an address to listen on'],
    ['0.0.0.0:65536', 'is not an address to listen on'],
    [':::80', 'is not an address to listen on'],
    ['[127.0.0.1]:80', 'is not an address to listen on'],
    ['[fe80::1%eth0]:80', 'is not an address to listen on'],
    [['80', 'x:1'], 'item 2 of 2 is not an address to listen on'],
    [[], 'is empty'],
    [['0.0.0.0:80', '127.0.0.1:80'], 'has one address twice'],
    [['[::]:80', '80'], 'has one address twice'],
    [['[::ffff:127.0.0.1]:80', '127.0.0.1:80'], 'has one address twice'],
  ])('refuses %j', (text, what) => {
    expect(parseListen(text)).toMatchObject({ kind: 'wrong', flaws: [{ what }] });
  });
});
