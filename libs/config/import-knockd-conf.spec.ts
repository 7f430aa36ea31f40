import { describe, expect, it } from 'vitest';
import { formatFault } from './format-fault.js';
import { importKnockdConf, type Imported } from './import-knockd-conf.js';
import { CONF, inFolder, linesOf, load, RECIPE, settingsOf, withFiles } from './load.fixture.js';

function imported(conf: string, upstream?: string): Imported {
  return inFolder((cwd) => {
    withFiles(cwd, { [CONF]: conf });
    return importKnockdConf({ file: CONF, cwd, ...(upstream === undefined ? {} : { upstream }) });
  });
}

function textOf(conf: string, upstream?: string): string {
  const result = imported(conf, upstream);
  if (result.kind === 'faults') throw new Error(result.faults.map(formatFault).join('\n'));
  return result.text;
}

function told(conf: string, upstream?: string): string[] {
  const result = imported(conf, upstream);
  return (result.kind === 'faults' ? result.faults : result.warnings).map(formatFault);
}

/** /etc/knockd.conf of Debian's package. */
const DEBIAN = `[options]
	UseSyslog

[openSSH]
	sequence    = 7000,8000,9000
	seq_timeout = 5
	command     = /sbin/iptables -A INPUT -s %IP% -p tcp --dport 22 -j ACCEPT
	tcpflags    = syn

[closeSSH]
	sequence    = 9000,8000,7000
	seq_timeout = 5
	command     = /sbin/iptables -D INPUT -s %IP% -p tcp --dport 22 -j ACCEPT
	tcpflags    = syn

[openHTTPS]
	sequence    = 12345,54321,24680,13579
	seq_timeout = 5
	command     = /usr/local/sbin/knock_add -i -c INPUT -p tcp -d 443 -f %IP%
	tcpflags    = syn
`;

const EVERYTHING = `# my host

#[options] of old
[options]
  # to syslog
  UseSyslog
  LogFile = /var/log/knockd.log
  # for the init script
  PidFile = /run/knockd.pid
  Interface = eth0
# the site
[WEB]
  One_Time_Sequences = /var/lib/knockgate/web
  Timeout = 7
  TCPFlags = SYN,!ACK
  Target = 2001:DB8::1
  # a "quote": and a # sign
  Start_Command = iptables -A INPUT -s %IP% --dport 80 -j ACCEPT # "web"
  Start_Command_6 =
  Cmd_Timeout = 3600
  Stop_Command = logger 'shut: %IP%'
  Stop_Command_6 = true
  # the end of it

[8022]
  # a second one
  Sequence = 5001, 9003:UDP,2002:tcp
  Command = iptables -A INPUT --dport 8022 -j ACCEPT
  Command_6 = ip6tables -A INPUT --dport 8023 -j ACCEPT
  Stop_Command = true
# the last line
`;

describe('importKnockdConf', () => {
  it('prints the recipe as one would write it', () => {
    expect(textOf(RECIPE, 'http://127.0.0.1:8081')).toBe(`\
# Made from knockd.conf by knockgate import; knockgate check tells what is missing.

usesyslog: true
store: memory # or redis://127.0.0.1:6379, which listener and gateway can share; REDIS_URL overrides it

# The commands of the doors are kept, but not run: grants open the doors. To have them run as well:
# run_commands: true
doors:
  HTTP:
    sequence: 6000,7000,8000,9000
    tcpflags: syn
    seq_timeout: 45
    start_command: /sbin/iptables -I INPUT 1 -s %IP% -p tcp --dport 80 -j ACCEPT
    cmd_timeout: 59
    stop_command: /sbin/iptables -D INPUT -s %IP% -p tcp --dport 80 -j ACCEPT
    listen: 80 # as the command says
    upstream: http://127.0.0.1:8081
`);
    expect(told(RECIPE, 'http://127.0.0.1:8081')).toEqual([]);
  });

  it('keeps every comment where it belongs, and all that is said', () => {
    expect(textOf(EVERYTHING, 'tcp://127.0.0.1:22')).toBe(`\
# Made from knockd.conf by knockgate import; knockgate check tells what is missing.

# my host
#[options] of old
# to syslog
usesyslog: true
logfile: /var/log/knockd.log
# for the init script
pidfile: /run/knockd.pid
interface: eth0
store: memory # or redis://127.0.0.1:6379, which listener and gateway can share; REDIS_URL overrides it

# The commands of the doors are kept, but not run: grants open the doors. To have them run as well:
# run_commands: true
doors:
  # the site
  WEB:
    one_time_sequences: /var/lib/knockgate/web
    seq_timeout: 7
    tcpflags: SYN,!ACK
    target: 2001:db8::1
    # a "quote": and a # sign
    start_command: 'iptables -A INPUT -s %IP% --dport 80 -j ACCEPT # "web"'
    start_command_6: ''
    cmd_timeout: 3600
    stop_command: "logger 'shut: %IP%'"
    stop_command_6: 'true'
    listen: 0.0.0.0:80 # as the command says
    upstream: tcp://127.0.0.1:22

  # the end of it
  '8022':
    # a second one
    sequence: 5001,9003:udp,2002
    start_command: iptables -A INPUT --dport 8022 -j ACCEPT
    start_command_6: ip6tables -A INPUT --dport 8023 -j ACCEPT
    stop_command: 'true'
    tcpflags: any # as knockd does where nothing is said; syn is what a knock needs
    listen: [0.0.0.0:8022, '[::]:8023'] # as the command says
    upstream: tcp://127.0.0.1:22

# the last line
`);
  });

  it('says in the yaml what is to be written; check of it then says the same', () => {
    const yaml = textOf(RECIPE);
    expect(told(RECIPE)).toEqual([
      'knockd.conf:3: [HTTP]: nothing says what it hides; write `upstream:` into the yaml, or give --upstream URL',
    ]);
    expect(yaml).toMatch(/\n {4}# upstream: http:\/\/127\.0\.0\.1:8081 # to be written: what the door hides; .*\n$/u);
    expect(linesOf(load({ yaml }))).toEqual([
      'knockgate.yaml:9: doors.HTTP: has no upstream; write `upstream:`, what the door hides, or give --upstream URL',
    ]);
    const { doors } = settingsOf({ yaml: yaml.replace(/# (upstream: \S+)/u, '$1') });
    expect(doors.map(({ upstream }) => upstream)).toEqual(['http://127.0.0.1:8081']);
  });

  it("takes Debian's own, without the door that only shuts another", () => {
    const yaml = textOf(DEBIAN, 'sample');
    expect(told(DEBIAN, 'sample')).toEqual([
      expect.stringMatching(/^knockd.conf:4: \[openSSH\]: has no stop_command/u),
      'knockd.conf:13: [closeSSH] command: deletes a rule, so this door is left out; doors shut by themselves',
      expect.stringMatching(/^knockd.conf:16: \[openHTTPS\]: has no stop_command/u),
      'knockd.conf:19: [openHTTPS] command: opens no port that can be read; write `listen:` into the yaml',
    ]);
    expect(yaml).toContain('# closeSSH is left out: its command deletes a rule, and doors shut by themselves\n');
    const { doors } = settingsOf({ yaml: yaml.replace('# listen: 80', 'listen: 443') });
    expect(doors.map(({ name, listen }) => [name, listen[0]?.port])).toEqual([
      ['openSSH', 22],
      ['openHTTPS', 443],
    ]);
  });

  it.each([
    ['a wrong value', RECIPE.replace('45', 'soon'), 'knockd.conf:6: [HTTP] seq_timeout: is not a whole number'],
    ['a wrong line', `${RECIPE}nonsense\n`, 'knockd.conf:10: [HTTP]: unknown directive "nonsense"'],
    ['no sequence', RECIPE.replace(/sequence .*/u, ''), 'knockd.conf:3: [HTTP]: has no sequence; write'],
    ['an own port', RECIPE.replace('9000', '80'), 'knockd.conf:4: [HTTP] sequence: has the port in it that'],
    [
      'two doors with one port',
      `${RECIPE}${RECIPE.slice(RECIPE.indexOf('[HTTP]')).replace('HTTP', 'B')}`,
      'has an address that HTTP has',
    ],
    ['a wrong option', RECIPE.replace('UseSyslog', 'Interface = a b'), 'knockd.conf:2: [options] Interface: is not'],
    ['only doors that cannot be', '[A]\nsequence = 1\ncommand = iptables -D x\n', 'A] command: deletes a rule; remove'],
    ['no doors', '[options]\n', 'knockd.conf:1: has no doors; name a knockd.conf with a door in it'],
    ['nothing', '', 'knockd.conf:1: has no doors; name a knockd.conf with a door in it'],
  ])('refuses %s, as check does', (_what, conf, line) => {
    expect(imported(conf, 'sample').kind).toBe('faults');
    expect(told(conf, 'sample')).toEqual([expect.stringContaining(line)]);
  });

  it('refuses a wrong upstream', () => {
    expect(told(RECIPE, 'nginx')).toEqual([expect.stringMatching(/^--upstream:1: is not an upstream; write http/u)]);
  });
});
