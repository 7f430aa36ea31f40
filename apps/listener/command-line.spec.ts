import { describe, expect, it } from 'vitest';
import { commandVector } from './command-line.js';

const IP = '203.0.113.7';
const shell = (line: string) => ['/bin/sh', '-c', line];

describe('commandVector', () => {
  it('runs plain words without a shell, with the IP in place', () => {
    expect(commandVector('/sbin/iptables -I INPUT 1 -s %IP% -j ACCEPT', IP)).toEqual([
      '/sbin/iptables',
      '-I',
      'INPUT',
      '1',
      '-s',
      IP,
      '-j',
      'ACCEPT',
    ]);
  });

  it('takes quotes off', () => {
    expect(commandVector(`logger -t "my tag" 'it is $5' a"b c"'d' ""`, IP)).toEqual([
      'logger',
      '-t',
      'my tag',
      'it is $5',
      'ab cd',
      '',
    ]);
  });

  it.each([
    'echo %IP% >> /f',
    'a; b',
    'a && b',
    'echo "$HOME"',
    'A=1 b',
    'cd /tmp',
    String.raw`echo a\ b`,
    'ls *.txt',
    `echo 'open`,
  ])('leaves %s to the shell', (line) => expect(commandVector(line, IP)).toEqual(shell(line.replace('%IP%', IP))));

  it('puts the IP wherever it stands, also inside a word', () => {
    expect(commandVector('log %IP%/32 x%IP%y%IP%', '2001:db8::1')).toEqual([
      'log',
      '2001:db8::1/32',
      'x2001:db8::1y2001:db8::1',
    ]);
  });
});
