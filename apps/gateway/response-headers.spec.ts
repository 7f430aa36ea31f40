import { describe, expect, it } from 'vitest';
import { HeaderLines } from './header-fields.js';
import { responseHeaders } from './response-headers.js';

describe('responseHeaders', () => {
  it('keeps case, order and repetition, and strips what is hop-by-hop', () => {
    const raw = [
      'Set-Cookie',
      'a',
      'X-B',
      'keep-alive',
      'set-cookie',
      'b',
      'Connection',
      'X-Gone',
      'X-Gone',
      '1',
      'Transfer-Encoding',
      'chunked',
    ];
    expect(responseHeaders(new HeaderLines(raw))).toEqual(['Set-Cookie', 'a', 'X-B', 'keep-alive', 'set-cookie', 'b']);
  });
});
