import { describe, expect, it } from 'vitest';
import { sameOutput } from './same-output.js';

describe('sameOutput', () => {
  it.each([
    ['open: after 22 ms', 'open: after 7 ms\r\n'],
    ['(integer) 41', '(integer) 59'],
    ['HTTP  203.0.113.7  59s', 'HTTP  203.0.113.7    9s'],
    ['2026-11-28T10:36:44.610Z  HTTP', '2027-01-01T00:00:00.001Z  HTTP'],
    ['first\n…\nlast', 'first\nsecond\nthird\nlast'],
    ['first\n…\nlast', 'first\nlast'],
    ['failed to connect … port 80', 'failed to connect to 192.0.2.1 port 80'],
    ['ok', '\u001B[32mok\u001B[0m'],
  ])('%j is what %j is', (expected, actual) => {
    expect(sameOutput(expected, actual)).toBe(true);
  });

  it.each([
    ['203.0.113.7', '203.0.113.8'],
    ['(integer) 1', '(nil)'],
    ['one', 'one\ntwo'],
    ['one\ntwo', 'one'],
    ['a.c', 'abc'],
    ['first\n…\nlast', 'first\nsecond'],
    ['', 'anything'],
  ])('%j is not what %j is', (expected, actual) => {
    expect(sameOutput(expected, actual)).toBe(false);
  });
});
