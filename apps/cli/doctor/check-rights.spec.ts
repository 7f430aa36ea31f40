import { describe, expect, it } from 'vitest';
import type { Settings } from '#config';
import type { Capability } from '#kernel';
import type { RunCommand } from './check.js';
import { judgeRights } from './check-rights.js';

const settings = (hide: string, user = 'nobody') => ({ user, doors: [{ name: 'HTTP', hide }] }) as unknown as Settings;
const told = (
  command: RunCommand,
  rights: { euid?: number; has?: readonly Capability[]; refused?: string },
  hide = 'auto',
) =>
  judgeRights(
    { command, settings: settings(hide), options: { config: 'a b.yaml' } },
    { euid: rights.euid ?? 1000, has: (name) => rights.has?.includes(name) === true, rawRefused: rights.refused },
  ).map(({ state, what }) => `${state} ${what.split(':')[0]}`);

describe('judgeRights', () => {
  it.each([
    ['up', { has: ['BPF', 'NET_ADMIN'] }, ['ok CAP_NET_RAW', 'ok CAP_BPF', 'ok CAP_NET_ADMIN']],
    ['listen', {}, ['ok CAP_NET_RAW']],
    ['listen', { refused: 'EPERM' }, ['fault CAP_NET_RAW']],
    ['serve', { has: ['SYS_ADMIN'], refused: 'EPERM' }, ['ok CAP_BPF', 'ok CAP_NET_ADMIN']],
    ['serve', { has: ['BPF'] }, ['ok CAP_BPF', 'warning CAP_NET_ADMIN is missing']],
    [
      'serve',
      { euid: 0, has: ['SYS_ADMIN', 'SETUID'] },
      ['ok CAP_BPF', 'ok CAP_NET_ADMIN', 'fault CAP_SETUID, CAP_SETGID'],
    ],
    ['serve', { euid: 0, has: ['SYS_ADMIN', 'SETUID', 'SETGID'] }, ['ok CAP_BPF', 'ok CAP_NET_ADMIN']],
  ] as const)('%s with %j', (command, rights, lines) => {
    expect(told(command, rights)).toEqual(lines);
  });

  it('hide: reset wants none for hiding', () => {
    expect(told('serve', {}, 'reset')).toEqual(['ok CAP_BPF, CAP_NET_ADMIN']);
  });

  it('the cure names the config as it was named', () => {
    const [finding] = judgeRights(
      { command: 'listen', settings: settings('auto'), options: { config: 'a b.yaml' } },
      { euid: 1, has: () => false, rawRefused: 'EPERM' },
    );
    expect(finding).toMatchObject({
      cure: expect.stringMatching(/^sudo knockgate listen --config 'a b\.yaml' # /u) as string,
    });
  });
});
