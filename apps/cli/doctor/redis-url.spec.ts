import { describe, expect, it } from 'vitest';
import { redisCli } from './redis-cli.js';
import { sentinelUrl, urlOf } from './redis-url.js';

const SENTINELS = { kind: 'sentinel', sentinels: [{ host: '10.0.0.1', port: 26379 }], name: 'mymaster' } as const;
const TLS = { tls: { ca: 'PEM' }, tlsFiles: { ca: '/etc/my ca.pem', cert: '/etc/own.pem', key: '/etc/own.key' } };

describe('redis-cli, for a server of the store', () => {
  it('is told the files of TLS, the user, and to ask for the password', () => {
    const store = { ...SENTINELS, ...TLS, username: 'gate', password: 'hunter2' };
    expect(redisCli(urlOf(store, '10.0.0.5:6379'), 'PING')).toBe(
      "redis-cli --tls --cacert '/etc/my ca.pem' --cert /etc/own.pem --key /etc/own.key -h 10.0.0.5 -p 6379 --user gate --askpass PING",
    );
  });

  it('at a Sentinel: its own user and password', () => {
    const store = { ...SENTINELS, ...TLS, tlsFiles: undefined, password: 'hunter2', sentinelUsername: 'watch' };
    expect(redisCli(sentinelUrl(store, '[fd00::1]:26379'), 'PING')).toBe(
      'redis-cli --tls -h fd00::1 -p 26379 --user watch PING',
    );
    expect(redisCli(sentinelUrl({ ...store, sentinelPassword: 'x' }, '10.0.0.1:26379'), 'PING')).toContain('--askpass');
  });

  it('by a URL: what the map says beside it', () => {
    const store = {
      kind: 'redis',
      url: 'rediss://a:hunter2@redis.example',
      tlsFiles: { ca: '/ca.pem' },
      tls: {},
    } as const;
    expect(redisCli(urlOf(store, ''), 'PING')).toBe(
      'redis-cli --tls --cacert /ca.pem -h redis.example -p 6379 --user a --askpass PING',
    );
    expect(redisCli(urlOf({ kind: 'redis', url: 'redis://127.0.0.1' }, ''), 'PING')).toBe(
      'redis-cli -h 127.0.0.1 -p 6379 PING',
    );
  });
});
