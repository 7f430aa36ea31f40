import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatFault } from './format-fault.js';

describe('formatFault', () => {
  it('is FILE:LINE: what; instead', () => {
    const fault = { file: 'knockgate.yaml', line: 7, what: 'store: is empty', instead: 'write memory' };
    expect(formatFault(fault)).toBe('knockgate.yaml:7: store: is empty; write memory');
  });

  it('is one printable line, whatever a file is called', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const line = formatFault({ file: text, line: 1, what: text, instead: text });
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
