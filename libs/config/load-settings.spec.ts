import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCidr } from '#address';
import { describe, expect, it } from 'vitest';
import { doorOf, inFolder, linesOf, load, MINIMAL, RECIPE, settingsOf, type Texts } from './load.fixture.js';
import { loadSettings } from './load-settings.js';

const FULL = `store: rediss://user:pw@redis:6380/1
store_max_stale: 5s
capture: raw
attempts: shared
ignore_ports: [22, 2222]
run_commands: false
user: '33:44'
workers: auto
console: { listen: '[::1]:4081', token_file: ./console.token }
control: /run/other
health_file: /run/knockgate/health
log_level: debug
limits:
  attempts: 1000
  advanced_attempts: 100
  journal: 500
  grants: 300
  connections: 50
  connections_per_ip: 5
  events: 200
  commands: 2
  command_time: 1m
  header_timeout: 500ms
  idle_timeout: 2m
doors:
  HTTP:
    sequence: [7001, '7002:udp', 7003]
    tcpflags: syn,!ack
    seq_timeout: 2.5
    cmd_timeout: 1h
    listen: ['192.0.2.1:80', '[2001:db8::1]:80']
    upstream: https://nginx/
    mode: http
    hide: reset
    on_expiry: drain
    proxy_protocol: off
    trusted_proxies: [10.0.0.0/8, '2001:db8::/32']
    upstream_timeout: 30s
    status: /door
  SSH:
    sequence: 7004
    tcpflags: any
    listen: 2200
    upstream: tcp://127.0.0.1:22
    proxy_protocol: v2
`;

describe('loadSettings: knockgate.yaml', () => {
  it('reads every key', () => {
    const { doors, console: operator, ...rest } = settingsOf({ yaml: FULL });
    expect(rest).toEqual({
      files: ['knockgate.yaml'],
      store: { kind: 'redis', url: 'rediss://user:pw@redis:6380/1' },
      storeMaxStaleMs: 5000,
      capture: 'raw',
      attempts: 'shared',
      interfaces: [],
      runCommands: false,
      ignorePorts: [22, 2222],
      user: '33:44',
      workers: 'auto',
      control: '/run/other',
      healthFile: '/run/knockgate/health',
      logLevel: 'debug',
      useSyslog: false,
      logFile: undefined,
      pidFile: undefined,
      limits: {
        attempts: 1000,
        advancedAttempts: 100,
        journal: 500,
        grants: 300,
        connections: 50,
        connectionsPerIp: 5,
        events: 200,
        commands: 2,
        commandTimeMs: 60_000,
        headerTimeoutMs: 500,
        idleTimeoutMs: 120_000,
      },
    });
    expect(operator?.listen).toEqual({ host: '::1', port: 4081 });
    expect(doors[0]).toEqual({
      name: 'HTTP',
      sequence: [
        { port: 7001, protocol: 'tcp' },
        { port: 7002, protocol: 'udp' },
        { port: 7003, protocol: 'tcp' },
      ],
      oneTimeSequences: undefined,
      commands: { 4: { start: undefined, stop: undefined }, 6: { start: undefined, stop: undefined } },
      tcpFlags: { set: 2, clear: 16 },
      seqTimeoutMs: 2500,
      cmdTimeoutMs: 3_600_000,
      listen: [
        { host: '192.0.2.1', port: 80 },
        { host: '2001:db8::1', port: 80 },
      ],
      upstream: 'https://nginx',
      mode: 'http',
      hide: 'reset',
      onExpiry: 'drain',
      proxyProtocol: 'off',
      trustedProxies: [parseCidr('10.0.0.0/8'), parseCidr('2001:db8::/32')],
      upstreamTimeoutMs: 30_000,
      statusPath: '/door',
    });
    expect(doors[1]).toMatchObject({ name: 'SSH', mode: 'tcp', tcpFlags: { set: 0, clear: 0 } });
  });

  it('has no control socket where it is switched off', () => {
    for (const word of ['off', 'false']) {
      expect(settingsOf({ yaml: `${MINIMAL}control: ${word}\n` }).control).toBeUndefined();
    }
  });

  it('has a preset for everything but the doors', () => {
    const settings = settingsOf({ yaml: MINIMAL });
    expect(settings).toMatchObject({
      store: { kind: 'memory' },
      storeMaxStaleMs: 10_000,
      capture: 'auto',
      attempts: 'local',
      ignorePorts: [22, 80, 443],
      user: 'nobody',
      workers: 1,
      control: '/run/knockgate',
      console: {
        listen: { host: '127.0.0.1', port: 4080 },
        tokenFile: '/var/lib/knockgate/console.token',
        isNamed: false,
      },
      healthFile: undefined,
      logLevel: 'info',
      limits: {
        attempts: 1_000_000,
        advancedAttempts: 65_536,
        journal: 65_536,
        grants: 131_072,
        connections: 10_000,
        connectionsPerIp: 256,
        events: 10_000,
        commands: 16,
        commandTimeMs: 30_000,
        headerTimeoutMs: 10_000,
        idleTimeoutMs: 75_000,
      },
    });
    expect(settings.doors[0]).toMatchObject({
      tcpFlags: { set: 2, clear: 0 },
      seqTimeoutMs: 25_000,
      cmdTimeoutMs: 10_000,
      mode: 'http',
      hide: 'auto',
      onExpiry: 'cut',
      proxyProtocol: 'off',
      trustedProxies: [],
      upstreamTimeoutMs: 60_000,
    });
    expect(settings.doors[0]!.statusPath).toBeUndefined();
  });

  it('keeps fewer attempts where they are in Redis, unless told', () => {
    const yaml = (text: string) =>
      `store: redis://127.0.0.1\n${text}\ndoors: { D: { sequence: 1, listen: 2, upstream: sample } }\n`;
    const of = (text: string): number => settingsOf({ yaml: yaml(text) }).limits.attempts;
    expect(['', 'attempts: shared', 'attempts: shared\nlimits: { attempts: 7 }'].map(of)).toEqual([
      1_000_000, 100_000, 7,
    ]);
  });

  it('looks for the files that it names in its own folder', () => {
    inFolder((cwd) => {
      mkdirSync(join(cwd, 'etc'));
      const files = 'console: { token_file: ./console.token }\nhealth_file: health\n';
      writeFileSync(join(cwd, 'etc', 'k.yaml'), files + MINIMAL);
      expect(loadSettings({ configFile: 'etc/k.yaml', env: {}, cwd })).toMatchObject({
        settings: {
          files: ['etc/k.yaml'],
          console: {
            listen: { host: '127.0.0.1', port: 4080 },
            tokenFile: join(cwd, 'etc', 'console.token'),
            isNamed: true,
          },
          healthFile: join(cwd, 'etc', 'health'),
        },
      });
    });
  });

  it.each(['off', 'false', "'off'"])('console: %s: none', (word) => {
    expect(settingsOf({ yaml: `console: ${word}\n${MINIMAL}` }).console).toBeUndefined();
  });

  it("console: {}: the presets, as the config's wish", () => {
    const [yaml, env] = [`console: {}\n${MINIMAL}`, { STATE_DIRECTORY: '/srv/state' }];
    expect(settingsOf({ yaml, env }).console).toEqual({
      listen: { host: '127.0.0.1', port: 4080 },
      tokenFile: '/srv/state/console.token',
      isNamed: true,
    });
  });

  it('takes a uid alone, which is a number in yaml', () => {
    expect(settingsOf({ yaml: `${MINIMAL}user: 4242\n` }).user).toBe('4242');
  });

  it('takes the shipped sample without a word', () => {
    const yaml = readFileSync(new URL('../../knockgate.yaml', import.meta.url), 'utf8');
    expect(linesOf(load({ yaml }))).toEqual([]);
    expect(doorOf({ yaml })).toMatchObject({ name: 'HTTP', cmdTimeoutMs: 59_000, upstream: 'sample' });
  });
});

describe('loadSettings: environment and command line', () => {
  it.each([
    [{ REDIS_URL: 'redis://other' }, { kind: 'redis', url: 'redis://other' }],
    [{ REDIS_URL: 'memory' }, { kind: 'memory' }],
    [{ REDIS_URL: '' }, { kind: 'redis', url: 'rediss://user:pw@redis:6380/1' }],
  ])('%j overrides the store', (env, store) => {
    expect(settingsOf({ yaml: FULL.replace('attempts: shared\n', ''), env }).store).toEqual(store);
  });

  it('reads the store from the file that REDIS_URL_FILE names', () => {
    inFolder((cwd) => {
      writeFileSync(join(cwd, 'url'), 'redis://:secret@redis\n');
      writeFileSync(join(cwd, 'knockgate.yaml'), MINIMAL);
      const loaded = loadSettings({ env: { REDIS_URL_FILE: 'url' }, cwd });
      expect(loaded).toMatchObject({ settings: { store: { kind: 'redis', url: 'redis://:secret@redis' } } });
    });
  });

  it('lets KNOCKGATE_LOG_LEVEL override log_level', () => {
    expect(settingsOf({ yaml: FULL, env: { KNOCKGATE_LOG_LEVEL: 'WARN' } }).logLevel).toBe('warn');
  });

  it('gives --upstream to the doors that name none', () => {
    const yaml = `${MINIMAL}  B: { sequence: 7001, listen: 81 }\n`;
    const { doors } = settingsOf({ yaml, upstream: 'http://other' });
    expect(doors.map(({ upstream }) => upstream)).toEqual(['http://127.0.0.1:8081', 'http://other']);
  });

  it('warns of an --upstream that no door needs', () => {
    expect(linesOf(load({ yaml: MINIMAL, upstream: 'sample' }))).toEqual([
      '--upstream:1: is not used: every door names its own upstream; leave it out',
    ]);
  });

  it.each<[Texts, string]>([
    [{ env: { REDIS_URL: 'http://u:hunter2@x' } }, 'REDIS_URL:1: is not a store; write redis://HOST:PORT'],
    [
      { env: { REDIS_URL: 'memory', REDIS_URL_FILE: 'x' } },
      'REDIS_URL:1: REDIS_URL_FILE is set too; set one of the two',
    ],
    [{ env: { REDIS_URL_FILE: 'gone' } }, 'gone:1: cannot be read: no such file; name a text file'],
    [{ env: { KNOCKGATE_LOG_LEVEL: 'loud' } }, 'KNOCKGATE_LOG_LEVEL:1: is not a log level; use debug, info, warn'],
    [{ upstream: 'http://u:hunter2@x' }, '--upstream:1: has credentials in it; write http://HOST:PORT'],
  ])('refuses %j', (texts, fault) => {
    expect(linesOf(load({ yaml: MINIMAL, ...texts }))).toEqual([expect.stringContaining(fault)]);
  });
});

describe('loadSettings: files', () => {
  it('says that a named file is not there', () => {
    const loaded = inFolder((cwd) => loadSettings({ env: { KNOCKGATE_CONFIG: 'gone.yaml' }, cwd }));
    expect(linesOf(loaded)).toEqual([
      'gone.yaml:1: cannot be read: no such file; name a text file that this user can read',
    ]);
  });

  it.each([
    ['a folder', '.', '.:1: cannot be read: it is a folder'],
    ['bytes', 'bytes', 'bytes:1: cannot be read: it is not UTF-8 text'],
  ])('says why %s is no config', (_, file, fault) => {
    const loaded = inFolder((cwd) => {
      writeFileSync(join(cwd, 'bytes'), Uint8Array.of(0xff, 0xfe, 0xfd));
      return loadSettings({ configFile: file, knockdConf: file, env: {}, cwd });
    });
    expect(linesOf(loaded)).toEqual([expect.stringContaining(fault), expect.stringContaining(fault)]);
  });

  it('does not mind a byte order mark', () => {
    expect(doorOf({ yaml: `\uFEFF${MINIMAL}` }).name).toBe('HTTP');
    expect(doorOf({ conf: `\uFEFF${RECIPE}`, upstream: 'sample' }).name).toBe('HTTP');
  });
});
