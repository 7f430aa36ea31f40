import { TcpFlag } from '#wire';
import { describe, expect, it } from 'vitest';
import { parseTcpFlags } from './parse-tcp-flags.js';

describe('parseTcpFlags', () => {
  it.each([
    ['syn', TcpFlag.SYN, 0],
    ['SYN,Ack', TcpFlag.SYN | TcpFlag.ACK, 0],
    ['fin,!ack', TcpFlag.FIN, TcpFlag.ACK],
    [' syn , ! ack ', TcpFlag.SYN, TcpFlag.ACK],
    ['!syn', 0, TcpFlag.SYN],
    ['fin,syn,rst,psh,ack,urg', 63, 0],
    ['syn,syn', TcpFlag.SYN, 0],
  ])('reads %j', (text, set, clear) => {
    expect(parseTcpFlags(text)).toEqual({ kind: 'ok', value: { set, clear } });
  });

  it.each([
    ['', ['word 1 of 1 is not a TCP flag']],
    ['syn,', ['word 2 of 2 is not a TCP flag']],
    ['syn ack', ['word 1 of 1 is not a TCP flag']],
    ['!!syn', ['word 1 of 1 is not a TCP flag']],
    ['syn,!syn', ['syn is both wanted and excluded']],
    ['fin,ack,!ack,!fin,x', ['word 5 of 5 is not a TCP flag', 'fin, ack is both wanted and excluded']],
  ])('refuses %j', (text, whats) => {
    expect(parseTcpFlags(text)).toMatchObject({ kind: 'wrong', flaws: whats.map((what) => ({ what })) });
  });
});
