import { describe, expect, it } from 'vitest';
import { filterTable, firewall } from './firewalls.fixture.js';
import type { Probe } from './ruleset.js';
import { wouldDrop } from './would-drop.js';

const probe = (over: Partial<Probe> = {}): Probe => ({
  family: 4,
  protocol: 'tcp',
  port: 7000,
  device: 'eth0',
  ...over,
});
const drops = (rules: readonly string[], policy = 'ACCEPT', over: Partial<Probe> = {}): boolean =>
  wouldDrop(filterTable(rules, policy), probe(over));

describe('wouldDrop, on firewalls as their tools print them', () => {
  it.each([
    ['recipe.save', { tcp: true, udp: true }],
    ['ufw-deny.save', { tcp: true, udp: true }],
    ['ufw-allow.save', { tcp: false, udp: false }],
    ['ufw-knocks-allowed.save', { tcp: false, udp: false }],
    ['firewalld.json', { tcp: true, udp: true }],
    ['workstation.json', { tcp: false, udp: false }],
    ['docker.json', { tcp: false, udp: false }],
  ])('%s', (file, expected) => {
    for (const protocol of ['tcp', 'udp'] as const) {
      expect(wouldDrop(firewall(file), probe({ protocol }))).toBe(expected[protocol]);
    }
  });

  it.each([
    ['recipe.save', 22],
    ['ufw-deny.save', 22],
    ['ufw-deny.save', 80],
    ['firewalld.json', 80],
    ['workstation.json', 80],
  ])('%s lets port %d in', (file, port) => {
    expect(wouldDrop(firewall(file), probe({ port }))).toBe(false);
  });

  it('workstation.json: what it does not list, over IPv6 too', () => {
    for (const family of [4, 6] as const) {
      for (const protocol of ['tcp', 'udp'] as const) {
        expect(wouldDrop(firewall('workstation.json'), probe({ family, protocol, port: 5999 }))).toBe(true);
        expect(wouldDrop(firewall('workstation.json'), probe({ family, protocol, port: 6000 }))).toBe(false);
      }
    }
  });

  it('an empty firewall drops nothing', () => {
    expect(wouldDrop([], probe())).toBe(false);
    expect(drops([])).toBe(false);
  });

  it('iptables is about its own IP version', () => {
    expect(wouldDrop(firewall('recipe.save'), probe({ family: 6 }))).toBe(false);
  });
});

describe('wouldDrop, rule by rule', () => {
  it.each([
    ['the policy', [], 'DROP'],
    ['a reject', ['-A INPUT -j REJECT --reject-with icmp-port-unreachable']],
    ['a drop in a chain', ['-A INPUT -j MINE', '-A MINE -p tcp -m tcp --dport 7000 -j DROP']],
    ['an accept for one source only', ['-A INPUT -s 198.51.100.0/24 -j ACCEPT'], 'DROP'],
    ['an accept with a rate', ['-A INPUT -p tcp -m limit --limit 5/sec -j ACCEPT'], 'DROP'],
    ['an accept on another interface', ['-A INPUT -i eth1 -j ACCEPT'], 'DROP'],
    ['an accept of what is there already', ['-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'], 'DROP'],
    ['an accept of the other protocol', ['-A INPUT -p udp -m udp --dport 7000 -j ACCEPT'], 'DROP'],
    ['an accept of other ports', ['-A INPUT -p tcp -m multiport --dports 22,80,7001:7999 -j ACCEPT'], 'DROP'],
    ['a drop of all but some ports', ['-A INPUT -p tcp -m multiport ! --dports 22,80 -j DROP']],
    ['an accept by what is not understood', ['-A INPUT -m bpf --bytecode 4,48 -j ACCEPT'], 'DROP'],
    ['a drop by what is not understood', ['-A INPUT -m bpf --bytecode 4,48 -j DROP']],
    ['a return to the policy', ['-A INPUT -j MINE', '-A MINE -j RETURN', '-A MINE -j ACCEPT'], 'DROP'],
    ['a goto, which does not come back', ['-A INPUT -g MINE', '-A INPUT -j ACCEPT', '-A MINE -j LOG'], 'DROP'],
  ])('may drop: %s', (_name, rules, policy?: string) => {
    expect(drops(rules as readonly string[], policy)).toBe(true);
  });

  it.each([
    ['a ban of one source', ['-A INPUT -s 203.0.113.9/32 -j DROP']],
    ['fail2ban', ['-A INPUT -p tcp -j f2b-sshd', '-A f2b-sshd -s 203.0.113.9/32 -j REJECT', '-A f2b-sshd -j RETURN']],
    ['a block list', ['-A INPUT -m set --match-set blocked src -j DROP']],
    [
      'those who come too often',
      ['-A INPUT -p tcp -m recent --update --seconds 60 --hitcount 4 --name x --rsource -j DROP'],
    ],
    ['invalid packets', ['-A INPUT -m conntrack --ctstate INVALID -j DROP']],
    ['TCP packets that open nothing', ['-A INPUT -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -j DROP']],
    ['loopback', ['-A INPUT -i lo -j DROP']],
    ['all but loopback let in', ['-A INPUT ! -i lo -j ACCEPT', '-A INPUT -j DROP']],
    ['the port let in', ['-A INPUT -p tcp -m tcp --dport 7000 -j ACCEPT'], 'DROP'],
    ['the ports let in', ['-A INPUT -p tcp -m multiport --dports 6000:9000 -j ACCEPT'], 'DROP'],
    ['with a comment', ['-A INPUT -p tcp -m comment --comment "knocks -j DROP" -j ACCEPT'], 'DROP'],
    ['all but one source', ['-A INPUT ! -s 203.0.113.9/32 -j ACCEPT'], 'DROP'],
    ['a loop', ['-A INPUT -j MINE', '-A MINE -j MINE']],
  ])('lets in: %s', (_name, rules, policy?: string) => {
    expect(drops(rules as readonly string[], policy)).toBe(false);
  });

  it('an interface by the start of its name', () => {
    expect(drops(['-A INPUT -i eth+ -j DROP'])).toBe(true);
    expect(drops(['-A INPUT -i wg+ -j DROP'])).toBe(false);
  });
});
