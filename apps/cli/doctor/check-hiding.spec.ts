import { expect, it } from 'vitest';
import { judgeHiding } from './check-hiding.js';

const choice = (hide: 'closed' | 'filtered' | 'reset') => ({ hide, place: undefined, because: 'so' }) as const;

it.each([
  ['auto', choice('closed'), 'ok'],
  ['auto', choice('filtered'), 'warning'],
  ['auto', choice('reset'), 'warning'],
  ['filtered', choice('filtered'), 'ok'],
  ['reset', choice('reset'), 'ok'],
  ['closed', 'door HTTP: hide: closed cannot be had', 'fault'],
] as const)('judgeHiding: %s, %j: %s', (hide, got, state) => {
  expect(judgeHiding({ name: 'HTTP', hide }, got, 'cure').state).toBe(state);
});
