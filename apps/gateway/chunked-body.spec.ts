import { describe, expect, it } from 'vitest';
import { ChunkedBody } from './chunked-body.js';
import { AnswerFault } from './upstream-fault.js';

function read(text: string, pieceLength = Infinity): { data: string; rest: string; body: ChunkedBody } {
  const body = new ChunkedBody();
  let data = '';
  let at = 0;
  while (at < text.length && !body.over) {
    const piece = Buffer.from(text.slice(at, at + pieceLength), 'latin1');
    at += body.read(piece, (bytes) => (data += bytes.toString('latin1')));
  }
  return { data, rest: text.slice(at), body };
}

describe('ChunkedBody', () => {
  const text = '3\r\nabc\r\n0A ;ext="x"\r\n\r\n23456789\r\n0;x\r\nX-Sum: 1\r\nx-b:2\r\n\r\n';

  it.each([1, 2, 3, 7, Infinity])('takes data and trailers out of pieces of %s bytes', (pieceLength) => {
    const { data, rest, body } = read(`${text}HTTP`, pieceLength);
    expect(data).toBe('abc\r\n23456789');
    expect(body.trailers).toEqual(['X-Sum', '1', 'x-b', '2']);
    expect([body.over, rest]).toEqual([true, 'HTTP']);
  });

  it.each([';a', ' ; a = b', ';a="b\\";c"', ';a=b;c="";d', '\t', ';a="\xe9"'])(
    'takes the extension %j',
    (extension) => {
      expect(read(`3${extension}\r\nabc\r\n0\r\n\r\n`)).toMatchObject({ data: 'abc', body: { over: true } });
    },
  );

  it('is not over before its last line', () => {
    for (let length = 0; length < text.length; length += 1) expect(read(text.slice(0, length)).body.over).toBe(false);
  });

  it.each([
    ['0x5\r\n'],
    ['-5\r\n'],
    ['+5\r\n'],
    ['\r\n'],
    [' 5\r\n'],
    ['5_0\r\n'],
    ['10000000000000005\r\n'],
    ['5\nabcde'],
    ['5\rabcde\n'],
    ['5;\x01\r\n'],
    // no extension by RFC 9112, 7.1.1; found by npm run fuzz: Node's parser refuses them
    ['5;\r\n'],
    ['5;a b\r\n'],
    ['5;a=\r\n'],
    ['5;a="b\r\n'],
    ['5;"a"=b\r\n'],
    ['3\r\nabcde\r\n'],
    ['3\r\nabc\n'],
    ['3\r\nabcX\r\n'],
    ['0\r\nnonsense\r\n'],
    ['0\r\nX : 1\r\n'],
    ['0\r\n folded\r\n'],
    ['0\n'],
    [`5;${'x'.repeat(5000)}`],
    [`0\r\n${'X: y\r\n'.repeat(10_000)}`],
    [`0\r\nX: ${'y'.repeat(40_000)}`],
  ])('refuses %j', (wrong) => {
    for (const pieceLength of [1, Infinity]) expect(() => read(wrong, pieceLength)).toThrow(AnswerFault);
  });
});
