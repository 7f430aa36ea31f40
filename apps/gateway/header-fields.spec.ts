import { describe, expect, it } from 'vitest';
import { HeaderLines } from './header-fields.js';

describe('HeaderLines', () => {
  it('knows names in lower case, common ones and others, however they are written', () => {
    const names = [
      'User-Agent',
      'user-agent',
      'USER-agent',
      'ETag',
      'Sec-CH-UA',
      'X-Other',
      '__proto__',
      'constructor',
    ];
    const lines = new HeaderLines(names.flatMap((name) => [name, 'x']));
    expect(lines.names).toEqual(names.map((name) => name.toLowerCase()));
    expect(lines.areFields).toBe(true);
  });

  it.each([
    ['', 'x'],
    ['Host ', 'x'],
    ['Host', 'x\n'],
    ['X-Other', '\0'],
    ['constructor', '\r'],
  ])('does not take %j: %j for a field', (name, value) => {
    expect(new HeaderLines(['Accept', '*/*', name, value]).areFields).toBe(false);
  });
});
