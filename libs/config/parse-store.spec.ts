import { describe, expect, it } from 'vitest';
import { parseStore } from './parse-store.js';

describe('parseStore', () => {
  it.each(['redis://127.0.0.1:6379', 'redis://user:pa%40ss@redis:6379/3', 'rediss://[::1]/', 'redis://redis?x=1'])(
    'takes %j as it is',
    (url) => {
      expect(parseStore(`${url}\n`)).toEqual({ kind: 'ok', value: { kind: 'redis', url } });
    },
  );

  it('takes memory', () => {
    expect(parseStore('memory')).toEqual({ kind: 'ok', value: { kind: 'memory' } });
  });

  it.each([
    '',
    'Memory',
    'redis',
    'redis:6379',
    'redis://',
    'http://redis',
    'redis://h/db',
    'redis://h:x',
    'redis://a b',
  ])('refuses %j', (text) => {
    expect(parseStore(text)).toMatchObject({ kind: 'wrong', flaws: [{ what: 'is not a store' }] });
  });

  it('never repeats a password', () => {
    expect(JSON.stringify(parseStore('redis://user:hunter2@host:x'))).not.toContain('hunter2');
  });
});
