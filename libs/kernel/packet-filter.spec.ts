import { describe, expect, it } from 'vitest';
import { type PacketFilter, packetFilterProgram } from './packet-filter.js';

const SYN = 0x02;
const ACK = 0x10;
const RST = 0x04;

/** Runs a program as the kernel would (net/core/filter.c), for the instructions that are used here. */
function run(program: Uint8Array, packet: Uint8Array): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let a = 0;
  let x = 0;
  for (let pc = 0; pc < program.length / 8; pc += 1) {
    const code = view.getUint16(pc * 8, true);
    const k = view.getUint32(pc * 8 + 4, true);
    const jump = (taken: boolean): void => void (pc += view.getUint8(pc * 8 + (taken ? 2 : 3)));
    const half = (at: number): number => (packet[at]! << 8) | packet[at + 1]!;
    if (code === 0xb1) x = 4 * (packet[k]! & 15);
    else if (code === 0x28) a = half(k);
    else if (code === 0x48) a = half(x + k);
    else if (code === 0x30) a = packet[k]!;
    else if (code === 0x50) a = packet[x + k]!;
    else if (code === 0x54) a &= k;
    else if (code === 0x15) jump(a === k);
    else if (code === 0x45) jump((a & k) !== 0);
    else if (code === 0x06) return k;
    else throw new Error(`instruction ${code}`);
  }
  throw new Error('ran off the end');
}

function tcpHeader(port: number, flags: number): Uint8Array {
  const header = new Uint8Array(20);
  header[2] = port >> 8;
  header[3] = port & 255;
  header[13] = flags;
  return header;
}

/** An IPv4 header of `words` 32-bit words in front. */
function inIPv4(header: Uint8Array, words: number): Uint8Array {
  const packet = new Uint8Array(words * 4 + header.length);
  packet[0] = 0x40 | words;
  packet.set(header, words * 4);
  return packet;
}

const filter = (over: Partial<PacketFilter>): PacketFilter => ({
  family: 6,
  protocol: 'tcp',
  flagRules: [{ set: SYN, clear: 0 }],
  skippedPorts: [],
  ...over,
});
const passes = (over: Partial<PacketFilter>, packet: Uint8Array): boolean =>
  run(packetFilterProgram(filter(over)), packet) > 0;

describe('packetFilterProgram', () => {
  it('lets a SYN through and keeps the segments of established connections out', () => {
    expect(passes({}, tcpHeader(6000, SYN))).toBe(true);
    expect(passes({}, tcpHeader(6000, ACK))).toBe(false);
  });

  it('finds the TCP header behind IPv4 options', () => {
    for (const words of [5, 15]) {
      expect(passes({ family: 4 }, inIPv4(tcpHeader(6000, SYN), words))).toBe(true);
      expect(passes({ family: 4 }, inIPv4(tcpHeader(6000, ACK), words))).toBe(false);
    }
  });

  it('lets through what any of the doors counts', () => {
    const flagRules = [
      { set: SYN, clear: ACK },
      { set: ACK, clear: SYN },
    ];
    expect(passes({ flagRules }, tcpHeader(1, ACK))).toBe(true);
    expect(passes({ flagRules }, tcpHeader(1, SYN | ACK))).toBe(false);
  });

  it('keeps RSTs from a door without tcpflags', () => {
    const flagRules = [{ set: 0, clear: 0 }];
    expect(passes({ flagRules }, tcpHeader(1, RST | ACK))).toBe(false);
    expect(passes({ flagRules }, tcpHeader(1, 0))).toBe(true);
  });

  it('skips ports, all of a long list', () => {
    const skippedPorts = Array.from({ length: 200 }, (_each, i) => 100 + i);
    for (const port of [100, 299]) expect(passes({ skippedPorts }, tcpHeader(port, SYN))).toBe(false);
    expect(passes({ skippedPorts }, tcpHeader(300, SYN))).toBe(true);
  });

  it('lets UDP through but for skipped ports', () => {
    expect(passes({ protocol: 'udp', skippedPorts: [53] }, tcpHeader(53, 0))).toBe(false);
    expect(passes({ protocol: 'udp', skippedPorts: [53] }, tcpHeader(6000, 0))).toBe(true);
  });
});
