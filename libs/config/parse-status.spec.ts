import { describe, expect, it } from 'vitest';
import { parseStatus, STATUS_FORM } from './parse-status.js';

describe('parseStatus', () => {
  it.each([
    ['off', null],
    ['on', '/.knock/status'],
    ['/.door', '/.door'],
    [' /a/b-c~d/%7Ee;f=1,2 ', '/a/b-c~d/%7Ee;f=1,2'],
    [`/${'a'.repeat(199)}`, `/${'a'.repeat(199)}`],
  ])('takes %j', (text, value) => {
    expect(parseStatus(text)).toEqual({ kind: 'ok', value });
  });

  it.each([
    '/',
    '//door',
    '/a//b',
    '/a/',
    '/./door',
    '/a/..',
    '/door?x',
    '/door#x',
    '/a b',
    '/ü',
    '/%zz',
    `/${'a'.repeat(200)}`,
  ])('%j is no path that a client could ask for', (text) => {
    const flaw = { what: 'is not a path that a client could ask for', instead: STATUS_FORM };
    expect(parseStatus(text)).toEqual({ kind: 'wrong', flaws: [flaw] });
  });

  it.each(['', 'yes', 'ON', 'status'])('%j is none of its words', (text) => {
    expect(parseStatus(text)).toEqual({
      kind: 'wrong',
      flaws: [{ what: 'is not one of its words', instead: STATUS_FORM }],
    });
  });
});
