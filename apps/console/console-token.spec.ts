import { describe, expect, it } from 'vitest';
import { ConsoleToken } from './console-token.js';

const TOKEN = 'a'.repeat(43);

describe('ConsoleToken', () => {
  const token = new ConsoleToken(TOKEN);

  it.each(['', 'a', 'b'.repeat(43), `${TOKEN}a`, TOKEN.toUpperCase()])('is not %j', (text) => {
    expect(token.matches(text)).toBe(false);
  });

  it('is itself', () => {
    expect(token.matches(TOKEN)).toBe(true);
  });

  it('vouches for a session until its end', () => {
    const session = token.session(5000);
    expect([token.endOf(session, 4999), token.endOf(session, 5000)]).toEqual([5000, undefined]);
  });

  it('vouches for no session that somebody else made, or made longer', () => {
    const session = token.session(5000);
    const others = ['', session.slice(0, -1), session.replace('5000', '9000'), `0${session}`, `${session} `];
    expect(others.map((each) => token.endOf(each, 0))).toEqual([undefined, undefined, undefined, 5000, undefined]);
    expect(new ConsoleToken('b'.repeat(43)).endOf(session, 0)).toBeUndefined();
  });
});
