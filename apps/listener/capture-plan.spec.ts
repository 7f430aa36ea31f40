import { describe, expect, it } from 'vitest';
import type { KnockDoor, Protocol } from '#knock';
import { capturePlan } from './capture-plan.js';

const SYN = { set: 2, clear: 0 };
const door = (...protocols: Protocol[]): KnockDoor => ({
  name: 'HTTP',
  sequence: protocols.map((protocol) => ({ port: 7000, protocol })),
  seqTimeoutMs: 1000,
  tcpFlags: SYN,
});
const sockets = (...doors: KnockDoor[]): string[] =>
  capturePlan(doors, []).map(({ protocol, family }) => `${protocol}${family}`);

describe('capturePlan', () => {
  it('asks for the sockets that the sequences use, and no others', () => {
    expect(sockets(door('tcp', 'tcp'))).toEqual(['tcp4', 'tcp6']);
    expect(sockets(door('udp'))).toEqual(['udp4', 'udp6']);
    expect(sockets(door('tcp'), door('udp'))).toEqual(['tcp4', 'tcp6', 'udp4', 'udp6']);
    expect(sockets()).toEqual([]);
  });

  it('hands over the flags of the doors that hear TCP', () => {
    expect(capturePlan([door('tcp'), door('udp')], [])[0]!.flagRules).toEqual([SYN]);
  });
});
