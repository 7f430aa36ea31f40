import { describe, expect, it } from 'vitest';
import { Findings } from './findings.js';
import { formatFault } from './format-fault.js';
import { readKnockdConf } from './knockd-conf.js';
import { RECIPE } from './load.fixture.js';

function read(text: string) {
  const findings = new Findings();
  const sections = readKnockdConf('k', text, findings);
  return { sections, faults: findings.faults().map(formatFault) };
}

function valuesOf(text: string) {
  const { sections, faults } = read(text);
  expect(faults).toEqual([]);
  return Object.fromEntries(
    sections.map(({ name, directives }) => [
      name,
      Object.fromEntries([...directives].map(([key, { value }]) => [key, value])),
    ]),
  );
}

describe('readKnockdConf', () => {
  it('reads the recipe', () => {
    expect(valuesOf(RECIPE)).toEqual({
      options: { usesyslog: '' },
      HTTP: {
        sequence: '6000,7000,8000,9000',
        tcpflags: 'syn',
        seq_timeout: '45',
        start_command: '/sbin/iptables -I INPUT 1 -s %IP% -p tcp --dport 80 -j ACCEPT',
        cmd_timeout: '59',
        stop_command: '/sbin/iptables -D INPUT -s %IP% -p tcp --dport 80 -j ACCEPT',
      },
    });
  });

  it('knows where each directive is, and by what name', () => {
    const [, door] = read(RECIPE).sections;
    expect(door?.directives.get('seq_timeout')?.place).toEqual({ file: 'k', line: 6, label: '[HTTP] seq_timeout' });
  });

  it('takes what knockd takes: any case, any spaces, aliases, comments, CRLF, empty commands', () => {
    const text =
      '# a comment\r\n\r\n[options]\r\nLOGFILE=/var/log/k.log\r\n  PidFile = /k.pid\r\nInterface\t=\teth1\r\n' +
      '  [my door]\r\n  # SEQUENCE = 1\r\nSequence=2,3\r\nTIMEOUT = 5\r\nCommand = a = b # c\r\nCommand_6 =\r\nUseSyslog\r\n';
    expect(valuesOf(text)).toEqual({
      options: { logfile: '/var/log/k.log', pidfile: '/k.pid', interface: 'eth1' },
      'my door': { sequence: '2,3', seq_timeout: '5', start_command: 'a = b # c', start_command_6: '', usesyslog: '' },
    });
  });

  it.each([
    ['Sequence = 1\n', 'k:1: a directive before any section; put a [NAME] line above it'],
    ['[A] # web\n', 'k:1: a section without its end; end the line with ]'],
    ['[]\n', 'k:1: this is not a name for a door; use 1 to 64 printable'],
    ['[a:b]\n', 'k:1: this is not a name for a door; use 1 to 64 printable'],
    ['[A]\n[B]\n[A]\n', 'k:3: [A]: a door of this name is on line 1; give each door its own name'],
    ['[A]\n; a comment\n', 'k:2: [A]: knockd knows no ; comments; begin the comment with #'],
    ['[A]\nSequence 6000,7000\n', 'k:2: [A]: unknown directive; known are: Sequence, One_Time_Sequences, Seq_Timeout'],
    ['[A]\nSequence\n', 'k:2: [A]: a directive without a value; write DIRECTIVE = VALUE'],
    ['[A]\nSequnce = 1\n', 'k:2: [A]: unknown directive "sequnce"; did you mean "Sequence"?'],
    ['[A]\nTimeout = 1\nSeq_Timeout = 2\n', 'k:3: [A]: seq_timeout is on line 2 already; keep one of the two'],
    ['[A]\nLogFile = x\n', 'k:2: [A]: logfile does not belong here; put it under [options]'],
    ['[options]\nTCPFlags = syn\n', 'k:2: [options]: tcpflags does not belong here; put it in the section of a door'],
    ['[options]\nUseSyslog = yes\n', 'k:2: [options]: UseSyslog has a value; write UseSyslog alone'],
  ])('refuses %j', (text, fault) => {
    const { faults } = read(text);
    expect(faults).toEqual([expect.stringContaining(fault)]);
  });
});
