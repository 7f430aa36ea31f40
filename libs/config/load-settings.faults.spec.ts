import { describe, expect, it } from 'vitest';
import { formatFault } from './format-fault.js';
import { inFolder, linesOf, load, MINIMAL } from './load.fixture.js';
import { loadSettings } from './load-settings.js';

describe('loadSettings: faults', () => {
  it('tells them all at once, by line', () => {
    const yaml = `stroe: memory
capture: packet
doors:
  HTTP:
    sequence: 7001,x
    upstream: ftp://x
    listen: 80
  SSH:
    sequence: 7002
    listen: 127.0.0.1:80
`;
    const loaded = load({ yaml });
    expect(linesOf(loaded).map((line) => line.replace(/;.*/, ''))).toEqual([
      'knockgate.yaml:1: unknown key "stroe"',
      'knockgate.yaml:5: doors.HTTP.sequence: step 2 of 2 is not a port',
      'knockgate.yaml:6: doors.HTTP.upstream: is not an upstream',
      'knockgate.yaml:8: doors.SSH: has no upstream',
      'knockgate.yaml:10: doors.SSH.listen: has an address that HTTP has too (knockgate.yaml:7)',
    ]);
    expect(loaded.kind === 'faults' && loaded.faults[0]).toEqual({
      file: 'knockgate.yaml',
      line: 1,
      what: 'unknown key "stroe"',
      instead: 'did you mean "store"?',
    });
  });

  it.each([
    ['', 'knockgate.yaml:1: has no doors'],
    ['# nothing\n', 'knockgate.yaml:1: has no doors'],
    ['store: memory\ndoors: {}\n', 'knockgate.yaml:2: has no doors'],
    ['doors:\n', 'knockgate.yaml:1: doors: is empty; write the doors below it, indented, each by its name'],
    ['- doors\n', 'knockgate.yaml:1: cannot be a list; write keys and values'],
    ['doors: [HTTP]\n', 'knockgate.yaml:1: doors: cannot be a list; write the doors below it'],
    ['doors:\n  HTTP:\n', 'knockgate.yaml:2: doors.HTTP: is empty; write its keys below it, indented'],
    ['doors:\n  __proto__: {}\n', 'knockgate.yaml:2: doors: this is not a name for a door; use 1 to 64 printable'],
    ['doors:\n  "a:b": {}\n', 'knockgate.yaml:2: doors: this is not a name for a door; use 1 to 64 printable'],
    ['doors:\n  constructor: 1\n', 'knockgate.yaml:2: doors.constructor: cannot be this number; write its keys'],
  ])('%j: no doors', (yaml, fault) => {
    expect(linesOf(load({ yaml }))).toEqual([expect.stringContaining(fault)]);
  });

  it.each([
    ['store: redis//x', 'store: is not a store; write redis://HOST:PORT'],
    ['store:', 'store: is empty; write redis://HOST:PORT, memory, or a map with sentinels or cluster'],
    ['store: [redis://h]', 'store: cannot be a list; write redis://HOST:PORT, memory, or a map'],
    ['store: {}', 'store: names no server; write url: redis://HOST:PORT, or sentinels: or cluster:'],
    ['store: { sentinel: [h:1], name: m }', 'store: unknown key "sentinel"; did you mean "sentinels"?'],
    ['store: { sentinels: [h:1] }', 'store: has sentinels, but no name; write name: and what they call the master'],
    ['store: { cluster: [h:1], name: m }', 'store: has a name, but no sentinels; remove it, or write both'],
    ['store: { cluster: [h:1], url: redis://h }', 'store: has url and cluster; keep one of the two'],
    ['store: { cluster: [] }', 'store.cluster: is too small; write a list of HOST:PORT'],
    ['store: { cluster: h:1 }', 'store.cluster: cannot be this text; write a list of HOST:PORT'],
    ['store: { cluster: [h:1, redis://u:hunter2@h] }', 'store.cluster: is not HOST:PORT; write a name or an address'],
    ['store: { sentinels: [h:1], name: a b }', 'store.name: is not the name of a master; write what the Sentinels'],
    ['store: { url: memory }', 'store.url: is not the URL of a Redis; write redis://HOST:PORT'],
    ['store: { url: redis://h, username: u }', 'store: has username, but no password_file; write password_file:'],
    ['store: { url: redis://h, sentinel_password_file: f }', 'store: has sentinel_password_file, but no sentinels'],
    ['store: { url: redis://h, tls: true }', 'store: has tls, but a url without it; write rediss:// in url'],
    ['store: { url: rediss://h, tls: false }', 'store: has tls: false, but a url with it; write redis:// in url'],
    [
      'store: { cluster: [h:1], tls: yes please }',
      'store.tls: cannot be this text; write true, or { ca_file: ca.pem }',
    ],
    ['store: { cluster: [h:1], tls: { ca: f } }', 'store.tls: unknown key "ca"; known are: ca_file'],
    ['store: { cluster: [h:1], tls: { cert_file: f } }', 'store: has tls.cert_file, but no tls.key_file; write both'],
    ['store: { cluster: [h:1], wait_replicas: -1 }', 'store.wait_replicas: is too small; write a whole number from 0'],
    [
      'store: { cluster: [h:1], password_file: gone }',
      'store.password_file: cannot be read: no such file; name a text',
    ],
    ['store_max_stale: soon', 'store_max_stale: is not a duration; write seconds'],
    ['store_max_stale: [1]', 'store_max_stale: cannot be a list; write seconds'],
    ['capture: sniff', 'capture: is not one of its words; use auto, raw or packet'],
    ['ignore_ports: [22, eighty]', 'ignore_ports: item 2 is not a port; write ports from 1 to 65535'],
    ['ignore_ports: [22, [80]]', 'ignore_ports: item 2 cannot be a list; write a list of ports'],
    ['run_commands: maybe', 'run_commands: cannot be this text; write true or false'],
    ['user: -1', 'user: is too small; write the name of a user, or UID:GID'],
    ['user: [nobody]', 'user: cannot be a list; write the name of a user, or UID:GID'],
    ['workers: 0', 'workers: is not a number of workers; write a whole number from 1 to 256, or auto'],
    ['workers: all', 'workers: is not a number of workers; write a whole number from 1 to 256, or auto'],
    ['workers: [2]', 'workers: cannot be a list; write a whole number from 1 to 256, or auto'],
    ["user: ''", 'user: is empty; write the name of a user, or UID:GID'],
    ['console: { token_file: 1 }', 'console.token_file: cannot be this number; write the path of a file'],
    ['console: { tokenfile: t }', 'console: unknown key "tokenfile"; did you mean "token_file"?'],
    ['console: 4080', 'console: cannot be this number; write it as { listen: 127.0.0.1:4080'],
    ['console: on', 'console: cannot be this text; write it as { listen: 127.0.0.1:4080'],
    ['console: { listen: 0.0.0.0:1, token_file: t }', 'console.listen: is not a loopback address; use 127.0.0.1'],
    [
      'console: { listen: 127.0.0.1:80, token_file: t }',
      'console: has an address that HTTP has too (knockgate.yaml:4)',
    ],
    ['control: true', 'control: cannot be true or false; write the path of a folder, or off'],
    ["control: ''", 'control: is empty; write the path of a folder, or off'],
    ['limits: { journal: 0 }', 'limits.journal: is too small; write a whole number from 1 to 100000000'],
    ['health_file: 1', 'health_file: cannot be this number; write the path of a file'],
    ['log_level: trace', 'log_level: is not one of its words; use debug, info, warn or error'],
    ['attempts: global', 'attempts: is not one of its words; use local or shared'],
    [
      'attempts: shared',
      'attempts: shared needs a Redis, and store is memory; write store: redis://HOST:PORT (or set REDIS_URL), or attempts: local',
    ],
    ['limits: { attempts: 0 }', 'limits.attempts: is too small; write a whole number from 1 to 100000000'],
    ['limits: { atempts: 9 }', 'limits: unknown key "atempts"; did you mean "attempts"?'],
    ['limits: 9', 'limits: cannot be this number; write its keys below it'],
    ['tcpflags: syn', '"tcpflags" is a key of a door; write it under doors: and the name of the door, indented'],
    ['colour: red', 'unknown key "colour"; known are: store, store_max_stale, capture'],
    ['__proto__: {}', 'unknown key; known are: store'],
  ])('%j', (line, fault) => {
    expect(linesOf(load({ yaml: `${MINIMAL}${line}\n` }))).toEqual([
      expect.stringContaining(`knockgate.yaml:6: ${fault}`),
    ]);
  });

  it.each([
    ['sequence: 7001', 'this key is there twice; keep one of the two'],
    ['tcpflags: syn,!syn', 'doors.HTTP.tcpflags: syn is both wanted and excluded; keep one of the two'],
    ['seq_timeout: 0', 'doors.HTTP.seq_timeout: is not a duration; write seconds'],
    ['cmd_timeout: 366d', 'doors.HTTP.cmd_timeout: is not a duration; write seconds'],
    ['mode: tcp', 'doors.HTTP.mode: tcp does not fit this upstream; remove the line, or write tcp://HOST:PORT'],
    [
      'proxy_protocol: v1',
      'doors.HTTP.proxy_protocol: v1 is for mode: tcp; in mode: http X-Forwarded-For names the client; remove the line',
    ],
    ['proxy_protocol: v2', 'doors.HTTP.proxy_protocol: v2 is for mode: tcp; in mode: http X-Forwarded-For names'],
    ['proxy_protocol: v3', 'doors.HTTP.proxy_protocol: is not one of its words; use off, v1 or v2'],
    ['status: yes', 'doors.HTTP.status: is not one of its words; write off, on (/.knock/status) or a path like /.door'],
    [
      'status: true',
      'doors.HTTP.status: cannot be true or false; write off, on (/.knock/status) or a path like /.door',
    ],
    ['status: /a/../b', 'doors.HTTP.status: is not a path that a client could ask for; write off, on'],
    ['on_expiry: never', 'doors.HTTP.on_expiry: is not one of its words; use cut or drain'],
    ['trusted_proxies: [10.0.0.1/8]', 'doors.HTTP.trusted_proxies: item 1 of 1 is not an address block; write CIDRs'],
    ['cmdtimeout: 59', 'doors.HTTP: unknown key "cmdtimeout"; did you mean "cmd_timeout"?'],
  ])('a door with %j', (line, fault) => {
    const lines = linesOf(load({ yaml: `${MINIMAL}    ${line}\n` }));
    expect(lines).toEqual([expect.stringContaining(`knockgate.yaml:6: ${fault}`)]);
  });

  it.each([
    ['seqence: 7001', 'listen: 80', 'upstream: sample', '3: doors.A: unknown key "seqence"; did you mean "sequence"?'],
    [
      'sequence: 80',
      'listen: 80',
      'upstream: sample',
      '3: doors.A.sequence: has the port in it that this door listens on',
    ],
    [
      'sequence: 7001',
      'listen: 80',
      'upstream: http://localhost',
      '5: doors.A.upstream: is the address that this door',
    ],
    [
      'sequence: 7001',
      'listen: "[::]:81"',
      'upstream: http://[::1]:81',
      '5: doors.A.upstream: is the address that this',
    ],
    ['sequence: 7001', 'listen: 80', 'mode: http', '2: doors.A: has no upstream; write `upstream:`'],
    ['sequence: 7001', 'hide: auto', 'upstream: sample', '2: doors.A: has no listen; write `listen:`'],
    ['mode: tcp', 'listen: 80', 'upstream: tcp://h:1', '2: doors.A: has no sequence; write `sequence:`'],
  ])('a door of %j, %j, %j', (one, two, three, fault) => {
    const yaml = `doors:\n  A:\n    ${one}\n    ${two}\n    ${three}\n`;
    expect(linesOf(load({ yaml }))).toEqual([expect.stringContaining(`knockgate.yaml:${fault}`)]);
  });

  it.each(['tcp://127.0.0.1:22', 'none'])('an upstream %j has no status to ask for', (upstream) => {
    const yaml = `doors:\n  A:\n    sequence: 7001\n    listen: 80\n    upstream: ${upstream}\n    status: on\n`;
    expect(linesOf(load({ yaml }))).toEqual([
      'knockgate.yaml:6: doors.A.status: is for mode: http, where the gateway itself reads the requests; remove the line, or write http://HOST:PORT or sample as upstream',
    ]);
    expect(linesOf(load({ yaml: yaml.replace('on\n', 'off\n') }))).toEqual([]);
  });

  it('finds the line of a step in a list', () => {
    const yaml =
      'doors:\n  A:\n    listen: 80\n    upstream: sample\n    sequence:\n      - 7001\n      - x\n      - {}\n';
    expect(linesOf(load({ yaml }))).toEqual([
      expect.stringMatching(/^knockgate.yaml:8: doors.A.sequence: item 3 cannot/),
    ]);
    expect(linesOf(load({ yaml: yaml.replace('{}', '7002') }))).toEqual([
      expect.stringMatching(/^knockgate.yaml:7: doors.A.sequence: step 2 of 3 is not a port/),
    ]);
  });

  it('warns of ignored ports in a sequence, without naming them', () => {
    const yaml = 'ignore_ports: [22, 7001]\n' + MINIMAL;
    expect(linesOf(load({ yaml }))).toEqual([
      'knockgate.yaml:1: ignore_ports: has a port of the sequence of HTTP; ' +
        'at that door it is not ignored; better knock at ports that nobody else uses',
    ]);
    expect(linesOf(load({ yaml: MINIMAL.replace('7001', '443') }))).toEqual([
      expect.stringContaining('knockgate.yaml:3: ignore_ports: has a port of the sequence of HTTP'),
    ]);
  });

  it('never repeats a password', () => {
    const yaml = `${MINIMAL.replace('http://', 'http://user:hunter2@')}store: redis://user:hunter2@\n`;
    const lines = linesOf(load({ yaml, env: { REDIS_URL: 'redis://user:hunter2@:x' } }));
    expect(lines).toHaveLength(3);
    expect(lines.join('\n')).not.toContain('hunter2');
  });

  it('formats each fault as one line', () => {
    const loaded = inFolder((cwd) => loadSettings({ configFile: 'a\nb', env: {}, cwd }));
    expect(loaded.kind === 'faults' && loaded.faults.map(formatFault)).toEqual([
      'a?b:1: cannot be read: no such file; name a text file that this user can read',
    ]);
  });
});
