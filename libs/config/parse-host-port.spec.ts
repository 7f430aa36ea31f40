import { describe, expect, it } from 'vitest';
import { parseHostPort } from './parse-host-port.js';

describe('parseHostPort', () => {
  it.each([
    ['redis-1.example:6379', { host: 'redis-1.example', port: 6379 }],
    [' 10.0.0.5:26379\n', { host: '10.0.0.5', port: 26_379 }],
    ['[fd77::1]:7000', { host: 'fd77::1', port: 7000 }],
    ['redis_1:1', { host: 'redis_1', port: 1 }],
  ])('reads %j', (text, value) => {
    expect(parseHostPort(text)).toEqual({ kind: 'ok', value });
  });

  it.each(['', 'redis', 'redis:', ':6379', 'redis:0', 'redis:65536', 'a b:1', 'fd77::1:7000', '[redis]:1', '[]:1'])(
    'refuses %j',
    (text) => {
      expect(parseHostPort(text)).toMatchObject({ kind: 'wrong', flaws: [{ what: 'is not HOST:PORT' }] });
    },
  );

  it('never repeats a password', () => {
    expect(JSON.stringify(parseHostPort('redis://user:hunter2@host:6379'))).not.toContain('hunter2');
  });
});
