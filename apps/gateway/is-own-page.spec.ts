import { describe, expect, it } from 'vitest';
import { HeaderLines } from './header-fields.js';
import { isOwnPage } from './is-own-page.js';

const asked = (...fields: readonly string[]): boolean =>
  isOwnPage(new HeaderLines(['Host', 'door.example', ...fields]));

describe('isOwnPage', () => {
  it.each([
    [],
    ['Origin', 'http://door.example'],
    ['origin', 'https://door.example'],
    ['Origin', 'http://door.example:80'],
    ['Origin', 'http://DOOR.example'],
    ['Sec-Fetch-Site', 'same-origin', 'Origin', 'http://door.example'],
    ['Sec-Fetch-Site', 'none'],
  ])('%j %j %j %j may', (...fields) => {
    expect(asked(...fields)).toBe(true);
  });

  it('compares ports and IPv6 addresses too', () => {
    const lines = (host: string, origin: string): HeaderLines => new HeaderLines(['Host', host, 'Origin', origin]);
    expect(isOwnPage(lines('[2001:db8::1]:8080', 'http://[2001:db8::1]:8080'))).toBe(true);
    expect(isOwnPage(lines('[2001:db8::1]:8080', 'http://[2001:db8::1]'))).toBe(false);
    expect(isOwnPage(lines('door.example:8080', 'http://door.example:8081'))).toBe(false);
  });

  it.each([
    ['Origin', 'http://evil.example'],
    ['Origin', 'http://door.example.evil.example'],
    ['Origin', 'http://evil.example/door.example'],
    ['Origin', 'ftp://door.example'],
    ['Origin', 'null'],
    ['Origin', ''],
    ['Origin', 'door.example'],
    ['Origin', 'http://door.example, http://evil.example'],
    ['Origin', 'http://door.example', 'Origin', 'http://evil.example'],
    ['Sec-Fetch-Site', 'cross-site'],
    ['Sec-Fetch-Site', 'same-site'],
    ['Sec-Fetch-Site', 'Same-Origin'],
    ['Sec-Fetch-Site', ''],
    ['Sec-Fetch-Site', 'same-origin', 'sec-fetch-site', 'cross-site'],
    ['Sec-Fetch-Site', 'cross-site', 'Origin', 'http://door.example'],
    ['Sec-Fetch-Site', 'same-origin', 'Origin', 'http://evil.example'],
  ])('%j %j %j %j may not', (...fields) => {
    expect(asked(...fields)).toBe(false);
  });

  it('without a Host there is no origin', () => {
    expect(isOwnPage(new HeaderLines(['Origin', 'http://door.example']))).toBe(false);
    expect(isOwnPage(new HeaderLines([]))).toBe(true);
    expect(isOwnPage(new HeaderLines(['Host', '', 'Origin', 'http://door.example']))).toBe(false);
  });
});
