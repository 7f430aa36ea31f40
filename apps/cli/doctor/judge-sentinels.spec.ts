import { describe, expect, it } from 'vitest';
import { judgeSentinels } from './judge-sentinels.js';

const STORE = { kind: 'sentinel', sentinels: [], name: 'mymaster' } as const;

describe('judgeSentinels', () => {
  it('names each that would not help, and says how many would', () => {
    const sound = { at: '10.0.0.1:26379', reason: undefined };
    const lost = { at: '[fd77::2]:26379', reason: 'connect ECONNREFUSED fd77::2:26379' };
    expect(judgeSentinels([sound, lost, sound], STORE)).toMatchObject([
      {
        state: 'warning',
        what: 'Sentinel [fd77::2]:26379 would not help if the master were lost: connect ECONNREFUSED fd77::2:26379',
        cure: 'redis-cli -h fd77::2 -p 26379 SENTINEL CKQUORUM mymaster # its log says why',
      },
      { state: 'ok', what: '2 of 3 Sentinels could replace the master mymaster' },
    ]);
    expect(judgeSentinels([lost], STORE)).toMatchObject([{ state: 'warning' }]);
  });
});
