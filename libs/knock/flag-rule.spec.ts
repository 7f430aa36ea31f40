import { describe, expect, it } from 'vitest';
import { TcpFlag } from '#wire';
import { matchesFlags } from './flag-rule.js';

const { SYN, ACK, RST, FIN, PSH } = TcpFlag;

describe('matchesFlags', () => {
  it.each([
    ['syn takes a SYN', { set: SYN, clear: 0 }, SYN, true],
    ['syn takes a SYN whose other flags do not matter, as knockd', { set: SYN, clear: 0 }, SYN | ACK, true],
    ['syn ignores an ACK', { set: SYN, clear: 0 }, ACK, false],
    ['syn,!ack ignores SYN+ACK', { set: SYN, clear: ACK }, SYN | ACK, false],
    ['fin,psh wants both', { set: FIN | PSH, clear: 0 }, FIN, false],
    ['fin,psh takes both', { set: FIN | PSH, clear: 0 }, FIN | PSH | ACK, true],
    ['no flags takes anything', { set: 0, clear: 0 }, ACK | PSH, true],
    ['no flags takes even none (a NULL packet)', { set: 0, clear: 0 }, 0, true],
    ['no flags ignores a RST, an answer', { set: 0, clear: 0 }, RST | ACK, false],
    ['rst named takes a RST', { set: RST, clear: 0 }, RST, true],
    ['!syn takes an ACK', { set: 0, clear: SYN }, ACK, true],
    ['!syn ignores a SYN', { set: 0, clear: SYN }, SYN, false],
  ])('%s', (_name, rule, flags, matches) => {
    expect(matchesFlags(rule, flags)).toBe(matches);
  });
});
