import { describe, expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAddress } from '#address';
import { loadSettings } from './load-settings.js';
import { doorOf, inFolder, linesOf, load, RECIPE, settingsOf, tcp } from './load.fixture.js';

const RECIPE_COMMANDS = {
  start: '/sbin/iptables -I INPUT 1 -s %IP% -p tcp --dport 80 -j ACCEPT',
  stop: '/sbin/iptables -D INPUT -s %IP% -p tcp --dport 80 -j ACCEPT',
};
const OPENS = 'start_command = iptables -A INPUT -p tcp --dport 80 -j ACCEPT\nstop_command = true\n';

describe('loadSettings: knockd.conf', () => {
  it('takes the recipe unchanged', () => {
    const texts = { conf: RECIPE, upstream: 'http://127.0.0.1:8081/' };
    expect(settingsOf(texts)).toMatchObject({ files: ['knockd.conf'], store: { kind: 'memory' } });
    expect(doorOf(texts)).toEqual({
      name: 'HTTP',
      sequence: tcp(6000, 7000, 8000, 9000),
      oneTimeSequences: undefined,
      commands: { 4: RECIPE_COMMANDS, 6: RECIPE_COMMANDS },
      tcpFlags: { set: 2, clear: 0 },
      seqTimeoutMs: 45_000,
      cmdTimeoutMs: 59_000,
      listen: [
        { host: '0.0.0.0', port: 80 },
        { host: '::', port: 80 },
      ],
      upstream: 'http://127.0.0.1:8081',
      mode: 'http',
      hide: 'auto',
      onExpiry: 'cut',
      proxyProtocol: 'off',
      trustedProxies: [],
      upstreamTimeoutMs: 60_000,
    });
    expect(linesOf(load(texts))).toEqual([]);
    expect(settingsOf(texts)).toMatchObject({
      useSyslog: true,
      logFile: undefined,
      interfaces: [],
      runCommands: false,
    });
  });

  it('takes every directive of knockd 0.8, in any case and with its blanks', () => {
    const conf = `
[options]
  LogFile = log/knockd.log
pidFILE=/run/knockd.pid
 INTERFACE = eth0
[A]
\tOne_Time_Sequences\t=\tseq
\tTimeout = 7
TCPFLAGS = SYN,!ACK
target = 192.0.2.1
usesyslog
${OPENS}Start_Command_6 =
Stop_Command_6 = ip6 %IP%
`;
    inFolder((cwd) => {
      writeFileSync(join(cwd, 'knockd.conf'), conf);
      const loaded = loadSettings({ knockdConf: 'knockd.conf', upstream: 'sample', env: {}, cwd });
      expect(loaded).toMatchObject({
        kind: 'settings',
        settings: {
          useSyslog: true,
          logFile: join(cwd, 'log/knockd.log'),
          pidFile: '/run/knockd.pid',
          interfaces: ['eth0'],
          doors: [
            {
              sequence: [],
              oneTimeSequences: join(cwd, 'seq'),
              seqTimeoutMs: 7000,
              target: parseAddress('192.0.2.1'),
              commands: {
                4: { start: 'iptables -A INPUT -p tcp --dport 80 -j ACCEPT', stop: 'true' },
                6: { start: undefined, stop: 'ip6 %IP%' },
              },
            },
          ],
        },
      });
    });
  });

  it.each([
    ['target = here\n', 'knockd.conf:2: [A] target: is not an IP address; write one address of this host'],
    [
      'one_time_sequences = x\n',
      'knockd.conf:2: [A] one_time_sequences: stands beside a sequence; keep one of the two',
    ],
  ])('refuses %j', (line, fault) => {
    const conf = `[A]\n${line}sequence = 7001,7003\n${OPENS}`;
    expect(linesOf(load({ conf, upstream: 'sample' }))).toEqual([expect.stringContaining(fault)]);
  });

  it('an option that both files say is a fault', () => {
    const yaml = 'interface: lo\n';
    const conf = `[options]\nInterface = lo\n[A]\nsequence = 7001,7003\n${OPENS}`;
    expect(linesOf(load({ yaml, conf, upstream: 'sample' }))).toEqual([
      'knockgate.yaml:1: interface: is said in knockd.conf:2 too; keep one of the two',
    ]);
  });

  it("has knockd's presets: every TCP packet, 25 s, 10 s", () => {
    const conf = '[A]\nsequence = 7001\ncommand = iptables -A INPUT --dport 22 -j ACCEPT\n';
    const texts = { conf, upstream: 'tcp://127.0.0.1:2222' };
    expect(doorOf(texts)).toMatchObject({
      tcpFlags: { set: 0, clear: 0 },
      seqTimeoutMs: 25_000,
      cmdTimeoutMs: 10_000,
      mode: 'tcp',
    });
    expect(linesOf(load(texts))).toEqual([expect.stringContaining('knockd.conf:1: [A]: has no stop_command')]);
  });

  it.each([
    ['start_command_6 = ip6tables -A INPUT --dport 81 -j ACCEPT\n', ['0.0.0.0 80', ':: 81']],
    ['start_command_6 =\n', ['0.0.0.0 80']],
    ['', ['0.0.0.0 80', ':: 80']],
  ])('listens for each family where its command says: %j', (line, listen) => {
    const conf = `[A]\nsequence = 7001\nstart_command = iptables -A INPUT --dport 80 -j ACCEPT\n${line}`;
    const door = doorOf({ conf, upstream: 'sample' });
    expect(door.listen.map(({ host, port }) => `${host} ${port}`)).toEqual(listen);
  });

  it.each([
    [
      'sequence = 7001\n',
      'knockd.conf:1: [A]: has no start_command, so nothing says which port it opens; put `listen:`',
    ],
    ['start_command = iptables -A INPUT --dport 80 -j ACCEPT\n', 'knockd.conf:1: [A]: has no sequence; write'],
    [
      'sequence = 7001\ncommand = ufw allow from %IP%\n',
      'knockd.conf:3: [A] command: opens no port that can be read; put `listen:` for this door into a knockgate.yaml',
    ],
    ['sequence = 7001,seven\n', 'knockd.conf:2: [A] sequence: step 2 of 2 is not a port; write a port from 1 to 65535'],
    ['sequence = 7001\nseq_timeout = 5 # five\n', 'knockd.conf:3: [A] seq_timeout: is not a whole number of seconds'],
    ['sequence = 7001\ncmd_timeout = 0\n', 'knockd.conf:3: [A] cmd_timeout: is not a whole number of seconds; write 1'],
    ['sequence = 7001\ntcpflags = sin\n', 'knockd.conf:3: [A] tcpflags: word 1 of 1 is not a TCP flag; use fin, syn'],
  ])('refuses a door of %j', (lines, fault) => {
    expect(linesOf(load({ conf: `[A]\n${lines}`, upstream: 'sample' }))).toContainEqual(expect.stringContaining(fault));
  });

  it('warns that of several ports only the first is opened', () => {
    const command = 'iptables -A INPUT -m multiport --dports 80,443 -j ACCEPT';
    const conf = `[A]\nsequence = 7001\nstart_command = ${command}\nstop_command = x\n`;
    expect(linesOf(load({ conf, upstream: 'sample' }))).toEqual([
      'knockd.conf:3: [A] start_command: opens several ports, of which this door takes the first; write a door for each',
    ]);
  });

  it('wants a door', () => {
    expect(linesOf(load({ conf: '[options]\n' }))).toEqual([
      'knockd.conf:1: has no doors; write a door with its sequence, listen and upstream',
    ]);
  });
});

describe('loadSettings: both files', () => {
  it('adds what knockd.conf cannot say, and further doors', () => {
    const yaml = `store: redis://redis
doors:
  HTTP: { listen: 8080, upstream: http://nginx, on_expiry: drain }
  SSH: { sequence: 7009, listen: 2200, upstream: tcp://127.0.0.1:22 }
`;
    const settings = settingsOf({ yaml, conf: RECIPE });
    expect(settings).toMatchObject({
      files: ['knockd.conf', 'knockgate.yaml'],
      store: { kind: 'redis', url: 'redis://redis' },
      doors: [
        { name: 'HTTP', sequence: tcp(6000, 7000, 8000, 9000), cmdTimeoutMs: 59_000, upstream: 'http://nginx' },
        { name: 'SSH', sequence: tcp(7009), tcpFlags: { set: 2, clear: 0 } },
      ],
    });
    expect(settings.doors[0]).toMatchObject({ onExpiry: 'drain', listen: [{ port: 8080 }, { port: 8080 }] });
  });

  it('lets yaml say the port that no start_command says', () => {
    const yaml = 'doors: { A: { listen: 8080 } }\n';
    expect(doorOf({ yaml, conf: '[A]\nsequence = 7001\n', upstream: 'sample' }).listen).toHaveLength(2);
  });

  it('lets yaml say the tcpflags that knockd.conf leaves open', () => {
    const yaml = 'doors: { A: { listen: 8080, tcpflags: syn } }\n';
    const door = doorOf({ yaml, conf: '[A]\nsequence = 7001\n', upstream: 'sample' });
    expect(door.tcpFlags).toEqual({ set: 2, clear: 0 });
  });

  it('refuses what both say, naming both places', () => {
    const yaml = 'doors:\n  HTTP:\n    upstream: sample\n    seq_timeout: 45\n    sequence: 7001\n';
    expect(linesOf(load({ yaml, conf: RECIPE }))).toEqual([
      'knockgate.yaml:4: doors.HTTP.seq_timeout: is said in knockd.conf:6 too; keep one of the two',
      'knockgate.yaml:5: doors.HTTP.sequence: is said in knockd.conf:4 too; keep one of the two',
    ]);
  });

  it('does not blame one file for what the other, unreadable one may say', () => {
    expect(linesOf(load({ yaml: 'doors: [', conf: RECIPE }))).toEqual([expect.stringMatching(/^knockgate.yaml:1: /)]);
  });
});
