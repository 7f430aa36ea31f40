import { describe, expect, it } from 'vitest';
import { AskedRevocation } from './asked-revocation.js';
import type { FromWorker } from './worker-message.js';

const key = { door: 'HTTP', ip: '203.0.113.7' };

describe('AskedRevocation', () => {
  it('asks, and hands each answer to who asked', async () => {
    const said: FromWorker[] = [];
    const revocation = new AskedRevocation((message) => said.push(message));
    const first = revocation.revoke(key);
    const second = revocation.revoke({ ...key, ip: '203.0.113.8' });
    expect(said).toEqual([
      { kind: 'revoke', request: 1, key },
      { kind: 'revoke', request: 2, key: { door: 'HTTP', ip: '203.0.113.8' } },
    ]);
    revocation.answered(2, true);
    revocation.answered(1, false);
    revocation.answered(1, true); // nobody asks any more
    expect(await Promise.all([first, second])).toEqual([false, true]);
  });

  it('does not wait for ever', async () => {
    expect(await new AskedRevocation(() => {}, 1).revoke(key)).toBe(false);
  });
});
