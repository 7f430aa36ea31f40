import { describe, expect, it } from 'vitest';
import type { GateRights } from '#kernel';
import { chooseHiding } from './choose-hiding.js';

const error = (code: string): Error => Object.assign(new Error(`bpf: ${code}`), { code });
const ALL: GateRights = { steer: undefined, lookup: undefined, filter: undefined };
const NO_STEER: GateRights = { ...ALL, steer: error('EPERM') };
const NO_LOOKUP: GateRights = { ...ALL, steer: error('EINVAL'), lookup: error('EINVAL') };

describe('chooseHiding', () => {
  it.each([
    ['auto', ALL, 'closed', 'steer'],
    ['closed', ALL, 'closed', 'steer'],
    ['filtered', ALL, 'filtered', 'filter'],
    ['reset', ALL, 'reset', undefined],
    ['auto', NO_STEER, 'closed', 'drop'],
    ['closed', NO_STEER, 'closed', 'drop'],
    ['auto', NO_LOOKUP, 'filtered', 'filter'],
    ['auto', error('EPERM'), 'reset', undefined],
    ['reset', error('EPERM'), 'reset', undefined],
  ] as const)('%s of %o: %s (%s)', (wish, means, hide, place) => {
    expect(chooseHiding(wish, means)).toMatchObject({ hide, place });
  });

  it.each([
    ['closed', NO_LOOKUP, /^hide: closed cannot be had: .*Linux 5\.9/u],
    ['closed', error('EPERM'), /^hide: closed cannot be had: .*\(EPERM\); start it as root, or with CAP_BPF/u],
    ['filtered', error('ENOMEM'), /^hide: filtered cannot be had: .*lower limits\.grants/u],
    ['filtered', new Error('this is darwin, and only Linux has eBPF'), /darwin/u],
  ] as const)('refuses %s where it cannot be had, with the cure', (wish, means, because) => {
    expect(chooseHiding(wish, means)).toEqual({ hide: undefined, because: expect.stringMatching(because) });
  });

  it('auto says what it took, and what would be better', () => {
    expect(chooseHiding('auto', error('EPERM')).because).toMatch(/a scan sees an open port; better: .*CAP_BPF/u);
    expect(chooseHiding('auto', NO_LOOKUP).because).toMatch(/drops the packets.*; closed: .*Linux 5\.9/u);
  });
});
