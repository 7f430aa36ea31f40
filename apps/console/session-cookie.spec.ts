import { describe, expect, it } from 'vitest';
import { sessionCookie, sessionOf } from './session-cookie.js';

describe('session cookie', () => {
  const host = '127.0.0.1:4080';

  it('is kept from scripts, from other sites, and from another console of this host', () => {
    expect(sessionCookie({ host }, 'x.y')).toBe(
      'knockgate_console_4080=x.y; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict',
    );
    expect(sessionCookie({ host: 'localhost' }, undefined)).toMatch(/^knockgate_console_80=; Max-Age=0; /u);
  });

  it('is found among others', () => {
    const cookie = 'a=b; knockgate_console_4081=no; knockgate_console_4080=x.y; c=d';
    expect(sessionOf({ host, cookie })).toBe('x.y');
    expect([sessionOf({ host }), sessionOf({ host: '127.0.0.1:1', cookie })]).toEqual([undefined, undefined]);
  });
});
