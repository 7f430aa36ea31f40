import { describe, expect, it } from 'vitest';
import { oneLine } from './one-line.js';

describe('oneLine', () => {
  it('leaves text as it is', () =>
    expect(oneLine('203.0.113.7: ä: GET /ü?q=1 200')).toBe('203.0.113.7: ä: GET /ü?q=1 200'));

  it.each([
    ['a\nb', String.raw`a\u000ab`],
    ['\r\u001b[2J', String.raw`\u000d\u001b[2J`],
    ['\u0000\u007f\u0085\u2028\u2029', String.raw`\u0000\u007f\u0085\u2028\u2029`],
  ])('writes out what could forge a line: %j', (text, safe) => expect(oneLine(text)).toBe(safe));
});
