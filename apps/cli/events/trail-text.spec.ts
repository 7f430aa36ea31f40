import { describe, expect, it } from 'vitest';
import { trailText } from './trail-text.js';

describe('trailText', () => {
  it.each([
    [{ event: 'stage', stage: '2', of: '4' }, 'step', 'Stage 2 of 4'],
    [{ event: 'opened', ttl: '59', method: 'knock' }, 'good', 'OPEN SESAME, 59 s (knock)'],
    [{ event: 'extended', ttl: '58.987', method: 'manual' }, 'good', 'OPEN SESAME, extended to 59 s (manual)'],
    [{ event: 'expired' }, 'over', 'command timeout'],
    [{ event: 'revoked' }, 'over', 'revoked'],
    [{ event: 'revoked', by: 'knockgate revoke' }, 'over', 'revoked (knockgate revoke)'],
    [{ event: 'voided', stage: '3' }, 'failed', 'wrong port, attempt voided (stage 3)'],
    [{ event: 'sequence_timeout', stage: '1' }, 'failed', 'sequence timeout (stage 1)'],
    [{ event: 'to_come', at: 'now', ip: '::1', why: 'x' }, 'step', 'to_come why=x'],
  ])('%j', (fields, tone, text) => {
    expect(trailText(fields)).toEqual({ tone, text });
  });
});
