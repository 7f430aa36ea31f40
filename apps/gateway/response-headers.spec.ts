import { describe, expect, it } from 'vitest';
import { HeaderLines } from './header-fields.js';
import { answerTrailers, responseHeaders } from './response-headers.js';

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
    expect(responseHeaders(new HeaderLines(raw), 200)).toEqual([
      'Set-Cookie',
      'a',
      'X-B',
      'keep-alive',
      'set-cookie',
      'b',
    ]);
  });

  it('leaves no length in an answer that can have none', () => {
    const raw = ['content-Length', '5', 'X', 'y'];
    expect(responseHeaders(new HeaderLines(raw), 204)).toEqual(['X', 'y']);
    // 304 says how long the answer to a GET would be
    for (const status of [200, 304]) expect(responseHeaders(new HeaderLines(raw), status)).toEqual(raw);
  });
});

describe('answerTrailers', () => {
  it('keeps what may come after a body, and nothing that a header alone may say', () => {
    const kept = ['X-Sum', '1', 'Content-Digest', 'sha-256=:x:', 'Server-Timing', 'a', 'x-sum', '2'];
    const not = [
      'Content-Length',
      'transfer-encoding',
      'Connection',
      'Content-Type',
      'Set-Cookie',
      'Location',
      'Trailer',
    ];
    expect(answerTrailers([...not.flatMap((name) => [name, '5']), ...kept, '', 'x', 'A', '\0']).flat()).toEqual(kept);
  });
});
