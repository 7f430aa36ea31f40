import { describe, expect, it } from 'vitest';
import type { Process } from './api-schemas.js';
import { readiness } from './readiness.js';

const store = { kind: 'redis', reachable: true } as const;
const process = (roles: string, fields: Partial<Process> = {}): Process => ({
  host: 'h',
  pid: 7,
  roles,
  version: '1',
  started_at: '',
  healthy: true,
  problems: [],
  ...fields,
});

describe('readiness', () => {
  it.each([
    [[process('listener'), process('gateway')]],
    [[process('listener,gateway,console')]],
    [[process('listener'), process('hide')]],
  ])('%j', (processes) => {
    expect(readiness({ store, processes })).toEqual({ ready: true, problems: [] });
  });

  it('without listener or gateway nobody is let in', () => {
    expect(readiness({ store, processes: [process('console')] })).toEqual({
      ready: false,
      problems: [
        'no listener reports: nobody hears knocks; start knockgate listen',
        'no gateway reports: nobody opens the doors; start knockgate serve',
      ],
    });
  });

  it('says which process is not well, and why', () => {
    const deaf = process('listener', { healthy: false, problems: ['deaf: eth0 is gone'] });
    const odd = process('gateway', { healthy: false });
    expect(readiness({ store, processes: [deaf, odd] }).problems).toEqual([
      'listener (h:7): deaf: eth0 is gone',
      'gateway (h:7): is not well; look at its log',
    ]);
  });

  it('a config that was refused is one, though the process goes on with the old one', () => {
    const refused = process('listener,gateway', { problems: ['config refused: k.yaml:1: has no doors'] });
    expect(readiness({ store, processes: [refused] })).toEqual({
      ready: false,
      problems: ['listener,gateway (h:7): config refused: k.yaml:1: has no doors'],
    });
  });

  it('says no more than that, where the store is away: the reports are in it', () => {
    const away = { kind: 'redis', reachable: false, reason: 'ECONNREFUSED' } as const;
    expect(readiness({ store: away, processes: [] }).problems).toEqual(['store unreachable: ECONNREFUSED']);
  });
});
