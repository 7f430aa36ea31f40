import { describe, expect, it } from 'vitest';
import { ago } from './ago.js';

describe('ago', () => {
  it.each([
    [0, '0 s ago'],
    [119, '119 s ago'],
    [120, '2 min ago'],
    [7199, '119 min ago'],
    [7200, '2 h ago'],
    [172_800, '2 d ago'],
  ])('%d seconds: %s', (seconds, text) => expect(ago(seconds)).toBe(text));
});
