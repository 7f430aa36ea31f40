import { describe, expect, it } from 'vitest';
import { parseSequence } from './parse-sequence.js';

const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: 'tcp' }));

describe('parseSequence', () => {
  it.each([
    ['6000,7000,8000', tcp(6000, 7000, 8000)],
    [' 6000 , 7000 ', tcp(6000, 7000)],
    [6000, tcp(6000)],
    ['65535', tcp(65_535)],
    [
      '2222:udp,3333:TCP, 4444 : udp',
      [
        { port: 2222, protocol: 'udp' },
        { port: 3333, protocol: 'tcp' },
        { port: 4444, protocol: 'udp' },
      ],
    ],
    [[6000, '7000:tcp', '1'], tcp(6000, 7000, 1)],
  ])('reads %j', (text, steps) => {
    expect(parseSequence(text)).toEqual({ kind: 'ok', value: steps });
  });

  it.each([
    ['6000,x,8000,9000', ['step 2 of 4 is not a port']],
    ['0,65536', ['step 1 of 2 is not a port', 'step 2 of 2 is not a port']],
    ['6000,', ['step 2 of 2 is not a port']],
    ['6000:icmp', ['step 1 of 1 is not a port']],
    ['6000 7000', ['step 1 of 1 is not a port']],
    [['6000,7000'], ['step 1 of 1 is not a port']],
    [80.5, ['step 1 of 1 is not a port']],
    ['-1', ['step 1 of 1 is not a port']],
    ['', ['is empty']],
    [[], ['is empty']],
    [Array.from({ length: 65 }, () => 7), ['has 65 steps']],
  ])('refuses %j', (text, whats) => {
    expect(parseSequence(text)).toMatchObject({ kind: 'wrong', flaws: whats.map((what) => ({ what })) });
  });

  it('takes 64 steps, as many as there may be', () => {
    const ports = Array.from({ length: 64 }, (_, index) => index + 1);
    expect(parseSequence(ports.join(','))).toEqual({ kind: 'ok', value: tcp(...ports) });
  });
});
