import { describe, expect, it } from 'vitest';
import { openedPort } from './opened-port.js';

describe('openedPort', () => {
  it.each([
    ['/sbin/iptables -I INPUT 1 -s %IP% -p tcp --dport 80 -j ACCEPT', 80],
    ['/sbin/iptables -A INPUT -s %IP% --dport 22 -j ACCEPT', 22],
    ['ip6tables --append INPUT --source %IP% --protocol tcp --destination-port 443 --jump ACCEPT', 443],
    ['sudo iptables --insert INPUT -p 6 --dport=8080 -j ACCEPT', 8080],
    [`sh -c "true"; iptables -A INPUT -p tcp -m comment --comment '-p udp --dport 1' --dport 25 -j ACCEPT`, 25],
    ['iptables -D INPUT -j X && iptables -A INPUT -p tcp --dport 80 -j ACCEPT', 80],
    ['(iptables -A INPUT -p tcp --dport 80 -j ACCEPT)', 80],
  ])('%s', (command, port) => {
    expect(openedPort(command)).toEqual({ kind: 'ok', value: { port, more: false } });
  });

  it('takes the first port of a multiport rule, and says that there are more', () => {
    const command = 'iptables -A INPUT -s %IP% -p tcp -m multiport --dports 80,443 -j ACCEPT';
    expect(openedPort(command)).toEqual({ kind: 'ok', value: { port: 80, more: true } });
  });

  it.each([
    ['', 'opens no port that can be read'],
    ['/usr/local/sbin/knock_add -i -c INPUT -p tcp -d 443 -f %IP%', 'opens no port that can be read'],
    ['ufw allow from %IP% to any port 22', 'opens no port that can be read'],
    ['iptables -A INPUT -s %IP% -p tcp --syn -j ACCEPT', 'opens no port that can be read'],
    ['iptables -A INPUT -p tcp --dport http -j ACCEPT', 'opens no port that can be read'],
    ['iptables -A INPUT -p tcp --dport 8000:8010 -j ACCEPT', 'opens no port that can be read'],
    ['iptables -A INPUT -p tcp ! --dport 80 -j ACCEPT', 'opens no port that can be read'],
    ['iptables -A INPUT -p tcp --dport 80 -j DROP', 'opens no port that can be read'],
    ['iptables -A INPUT -p icmp --dport 80 -j ACCEPT', 'opens no port that can be read'],
    ['iptables -A INPUT -j ACCEPT -p tcp --dport', 'opens no port that can be read'],
    ['iptables -A INPUT -p udp --dport 53 -j ACCEPT', 'opens a UDP port'],
    ['iptables -D INPUT -p tcp --dport 80 -j ACCEPT', 'deletes a rule'],
  ])('%s: %s', (command, what) => {
    expect(openedPort(command)).toMatchObject({ kind: 'wrong', flaws: [{ what }] });
  });
});
