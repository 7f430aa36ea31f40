import { describe, expect, it } from 'vitest';
import { Findings } from './findings.js';
import { formatFault } from './format-fault.js';
import { YamlDocument } from './yaml-document.js';

function read(text: string) {
  const findings = new Findings();
  const document = YamlDocument.read('k', text, findings);
  return { document, faults: findings.faults().map(formatFault) };
}

const TEXT = `# a comment
store: memory
base: &base
  hide: auto
doors:
  HTTP:
    sequence:
      - 6000
      - x
    "mode": http
  B: { sequence: 1,
       listen: 80 }
  C: *base
`;

describe('YamlDocument', () => {
  const { document } = read(TEXT);

  it.each([
    [[], 2, ''],
    [['store'], 2, 'store'],
    [['doors', 'HTTP'], 6, 'doors.HTTP'],
    [['doors', 'HTTP', 'sequence'], 7, 'doors.HTTP.sequence'],
    [['doors', 'HTTP', 'sequence', 1], 9, 'doors.HTTP.sequence'],
    [['doors', 'HTTP', 'mode'], 10, 'doors.HTTP.mode'],
    [['doors', 'B', 'listen'], 12, 'doors.B.listen'],
    [['doors', 'C', 'hide'], 4, 'doors.C.hide'],
    [['doors', 'HTTP', 'upstream'], 6, 'doors.HTTP.upstream'],
    [['doors', '6000,7000'], 5, 'doors.…'],
  ])('%j is on line %d', (path, line, label) => {
    expect(document?.place(path)).toEqual({ file: 'k', line, label });
  });

  it('tells a key without a value from no key', () => {
    const { document: empty } = read('store:\n');
    expect([empty?.has(['store']), empty?.has(['doors']), empty?.has(['store', 'x'])]).toEqual([true, false, false]);
  });

  it('reads on past a key that is there twice, and takes the last', () => {
    const { document: twice, faults } = read('a: 1\nb: 2\na: 3\n');
    expect(twice?.value).toEqual({ a: 3, b: 2 });
    expect(twice?.place(['a']).line).toBe(3);
    expect(faults).toEqual(['k:3: this key is there twice; keep one of the two']);
  });

  it.each([
    ['a:\n\tb: 1\n', 'k:2: a tab as indentation; YAML wants spaces'],
    ['a: 1\n  b: 2\n', 'k:1: '],
    ['a:\n  b: 1\n c: 2\n', 'k:3: wrong indentation; indent'],
    ['a: 1\nb: "x\n', 'k:3: a quote, a bracket or a space is missing; close'],
    ['a: 1\n---\nb: 2\n', 'k:2: a second document begins here; remove the ---'],
    ['a: 1\nlisten: [::]:80\n', 'k:2: an IPv6 address without quotes, which YAML takes for a list; write "[::]:PORT"'],
    ['listen: [0.0.0.0:80, [::]:80]\n', 'k:1: an IPv6 address without quotes'],
    ['a: *b\n', 'k:1: an alias without its anchor; put quotes round'],
    ['a: !ack\n', 'k:1: an unknown YAML tag; put quotes round a value that begins with !'],
    ['? [1]\n: 2\n', 'k:1: a key that is not text; write KEY: VALUE'],
    ['a:\n  sequence:6000\n  b: 1\n', 'k:2: a key over two lines; write KEY: VALUE, with a space'],
    ['a: @x\n', 'k:1: this is not YAML; write KEY: VALUE'],
  ])('refuses %j', (text, fault) => {
    const { document: none, faults } = read(text);
    expect(none).toBeUndefined();
    expect(faults[0]).toContain(fault);
  });

  it('survives what would fill the memory or the stack', () => {
    const bomb = `a0: &a0 [x]\n${Array.from({ length: 30 }, (_, n) => `a${n + 1}: &a${n + 1} [*a${n}, *a${n}, *a${n}]\n`).join('')}`;
    expect(read(bomb).faults).toEqual(['k:1: cannot be read: too deep, or too many aliases; write it plainly']);
    expect(read('['.repeat(20_000)).document).toBeUndefined();
  });
});
