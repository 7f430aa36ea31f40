import { describe, expect, it } from 'vitest';
import { asksForStatus } from './asks-for-status.js';

const PATH = '/.knock/status';

describe('asksForStatus', () => {
  it.each([PATH, `${PATH}?`, `${PATH}?x=1`, `${PATH}??/`])('%s is the path', (target) => {
    expect(asksForStatus(target, PATH)).toBe(true);
  });

  it.each([
    '/',
    '*',
    '/.knock/statu',
    `${PATH}/`,
    `${PATH}es`,
    `${PATH}#x`,
    `${PATH}%3F`,
    `${PATH};a`,
    `/${PATH}`,
    '/.knock//status',
    '/./.knock/status',
    '/x/../.knock/status',
    '/.KNOCK/status',
    '/%2eknock/status',
    '/.knock/%73tatus',
    `http://door${PATH}`,
    `/?${PATH}`,
  ])('%s is not', (target) => {
    expect(asksForStatus(target, PATH)).toBe(false);
  });
});
