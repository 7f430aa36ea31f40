import { describe, expect, it } from 'vitest';
import { secondsText, shortSeconds } from './seconds-text.js';

describe('secondsText', () => {
  it.each([
    [0, '0 s'],
    [-3, '0 s'],
    [2.5, '2.5 s'],
    [59, '59 s'],
    [119, '119 s'],
    [120, '2 min'],
    [125, '2 min 5 s'],
    [3600, '1 h'],
    [12_000, '3 h 20 min'],
    [187_200, '2 d 4 h'],
  ])('%d: %s', (seconds, text) => {
    expect(secondsText(seconds)).toBe(text);
  });
});

describe('shortSeconds', () => {
  it.each([
    [-1, '0'],
    [1, '1'],
    [58_001, '59'],
    [99_000, '99'],
    [99_001, '1m'],
    [5_999_000, '99m'],
    [6_000_000, '1h'],
    [400_000_000, '4d'],
  ])('%d ms: %s', (ms, text) => {
    expect(shortSeconds(ms)).toBe(text);
  });
});
