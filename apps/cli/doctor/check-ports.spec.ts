import { describe, expect, it } from 'vitest';
import { judgePort, type PortState, type WantedPort } from './check-ports.js';

const WANTED: WantedPort = {
  by: 'door HTTP',
  address: { host: '0.0.0.0', port: 80 },
  steered: false,
  optional: false,
};
const FREE: PortState = { refused: undefined, taken: false, owners: [], ours: false };
const NGINX = [{ pid: 7, name: 'nginx' }];

describe('judgePort', () => {
  it.each([
    ['free', {}, {}, 'ok', /free$/u],
    [
      'ours',
      {},
      { refused: 'EADDRINUSE', taken: true, owners: [{ pid: 9, name: 'node' }], ours: true },
      'ok',
      /served by knockgate \(node, process 9\)/u,
    ],
    ['another', {}, { refused: 'EADDRINUSE', taken: true, owners: NGINX }, 'fault', /taken by nginx, process 7$/u],
    ['unseen', {}, { refused: 'EADDRINUSE', taken: true }, 'warning', /only root can see/u],
    ['bound by one that does not listen', {}, { refused: 'EADDRINUSE' }, 'warning', /only root can see/u],
    ['below 1024', {}, { refused: 'EACCES' }, 'fault', /below 1024/u],
    ['below 1024, steered', { steered: true }, { refused: 'EACCES' }, 'ok', /free$/u],
    [
      'below 1024, steered and taken',
      { steered: true },
      { refused: 'EACCES', taken: true, owners: NGINX },
      'fault',
      /nginx/u,
    ],
    ['not of this host', {}, { refused: 'EADDRNOTAVAIL' }, 'fault', /no such address/u],
    ['IPv6, off', { optional: true }, { refused: 'EAFNOSUPPORT' }, 'ok', /has no IPv6/u],
  ] as const)('%s', (_what, wanted, state, told, what) => {
    const finding = judgePort({ ...WANTED, ...wanted }, { ...FREE, ...state });
    expect(finding).toMatchObject({ state: told, what: expect.stringMatching(what) as string });
  });
});
