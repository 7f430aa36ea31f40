import { describe, expect, it } from 'vitest';
import { type PacketFilter, packetFilterProgram, packetSocketProgram } from './packet-filter.js';

const SYN = 0x02;
const ACK = 0x10;
const RST = 0x04;

/** What the kernel knows of a packet besides its bytes, by its offset at SKF_AD_OFF (linux/filter.h). */
type Ancillary = Readonly<Record<number, number>>;

/**
 * Runs a program as the kernel would (net/core/filter.c), for the instructions that are used here. A load beyond the
 * packet's end refuses it.
 */
function run(program: Uint8Array, packet: Uint8Array, ancillary: Ancillary = {}): number {
  try {
    return interpret(program, packet, ancillary);
  } catch (error) {
    if (error instanceof RangeError) return 0;
    throw error;
  }
}

function interpret(program: Uint8Array, packet: Uint8Array, ancillary: Ancillary): number {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let a = 0;
  let x = 0;
  for (let pc = 0; pc < program.length / 8; pc += 1) {
    const code = view.getUint16(pc * 8, true);
    const k = view.getUint32(pc * 8 + 4, true);
    const jump = (taken: boolean): void => void (pc += view.getUint8(pc * 8 + (taken ? 2 : 3)));
    const byte = (at: number): number => {
      const value = packet[at];
      if (value === undefined) throw new RangeError(`no byte ${at}`);
      return value;
    };
    const half = (at: number): number => (byte(at) << 8) | byte(at + 1);
    if (code === 0xb1) x = 4 * (byte(k) & 15);
    else if (code === 0x01) x = k;
    else if (code === 0x05) pc += k;
    else if (code === 0x20) a = ancillary[k - 0xfffff000]!;
    else if (code === 0x28) a = half(k);
    else if (code === 0x48) a = half(x + k);
    else if (code === 0x30) a = byte(k);
    else if (code === 0x50) a = byte(x + k);
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

describe('packetSocketProgram', () => {
  const HOST = 0;
  const all = (skipped: { readonly tcp: number[]; readonly udp: number[] }): PacketFilter[] =>
    (['tcp', 'udp'] as const).flatMap((protocol) =>
      ([4, 6] as const).map((family) => filter({ protocol, family, skippedPorts: skipped[protocol] })),
    );
  const both = all({ tcp: [443], udp: [53] });
  const hears = (packet: Uint8Array, { filters = both, pkttype = HOST, tag = 0 } = {}): boolean => {
    const protocol = packet[0]! >> 4 === 4 ? 0x0800 : 0x86dd;
    return run(packetSocketProgram(filters), packet, { 0: protocol, 4: pkttype, 44: tag }) > 0;
  };
  const ipv4 = (header: Uint8Array, protocol = 6, { words = 5, fragment = 0 } = {}): Uint8Array => {
    const packet = inIPv4(header, words);
    packet[6] = fragment >> 8;
    packet[7] = fragment & 255;
    packet[9] = protocol;
    return packet;
  };
  const ipv6 = (header: Uint8Array, nextHeader = 6): Uint8Array => {
    const packet = new Uint8Array(40 + header.length);
    packet[0] = 0x60;
    packet[6] = nextHeader;
    packet.set(header, 40);
    return packet;
  };

  it('judges each protocol over each IP version by its own filter', () => {
    for (const ip of [ipv4, ipv6]) {
      expect(hears(ip(tcpHeader(6000, SYN)))).toBe(true);
      expect(hears(ip(tcpHeader(6000, ACK)))).toBe(false);
      expect(hears(ip(tcpHeader(443, SYN)))).toBe(false);
      expect(hears(ip(tcpHeader(53, SYN)))).toBe(true);
      expect(hears(ip(tcpHeader(443, 0), 17))).toBe(true);
      expect(hears(ip(tcpHeader(53, 0), 17))).toBe(false);
      expect(hears(ip(tcpHeader(6000, SYN), 47))).toBe(false);
    }
  });

  it('hears no protocol and no IP version that it has no filter for', () => {
    const filters = [filter({ family: 4 })];
    expect(hears(ipv4(tcpHeader(6000, SYN)), { filters })).toBe(true);
    expect(hears(ipv4(tcpHeader(6000, SYN), 17), { filters })).toBe(false);
    expect(hears(ipv6(tcpHeader(6000, SYN)), { filters })).toBe(false);
    expect(hears(ipv4(tcpHeader(6000, SYN)), { filters: [] })).toBe(false);
  });

  it('hears what is to this host only: no broadcast, multicast, other host, nor what it sends', () => {
    for (const pkttype of [1, 2, 3, 4]) expect(hears(ipv4(tcpHeader(6000, SYN)), { pkttype })).toBe(false);
  });

  it('leaves frames of a VLAN to its device, and hears those with a priority only', () => {
    expect(hears(ipv4(tcpHeader(6000, SYN)), { tag: 0x000a })).toBe(false);
    expect(hears(ipv4(tcpHeader(6000, SYN)), { tag: 0xe000 })).toBe(true);
  });

  it('hears the first fragment only, and finds the header behind options', () => {
    expect(hears(ipv4(tcpHeader(6000, SYN), 6, { fragment: 0x2000 }))).toBe(true);
    expect(hears(ipv4(tcpHeader(6000, SYN), 6, { fragment: 0x0001 }))).toBe(false);
    expect(hears(ipv4(tcpHeader(6000, SYN), 6, { words: 15 }))).toBe(true);
  });

  it('refuses a packet too short to judge', () => {
    expect(hears(ipv4(tcpHeader(6000, SYN)).subarray(0, 22))).toBe(false);
    expect(hears(ipv6(tcpHeader(6000, SYN)).subarray(0, 41))).toBe(false);
  });

  it("reaches over any list of ports, within the kernel's limit of 4096 instructions", () => {
    const skippedPorts = Array.from({ length: 1000 }, (_each, i) => 10_000 + i);
    const filters = all({ tcp: skippedPorts, udp: skippedPorts });
    expect(hears(ipv6(tcpHeader(6000, 0), 17), { filters })).toBe(true);
    expect(hears(ipv6(tcpHeader(10_000, 0), 17), { filters })).toBe(false);
    expect(packetSocketProgram(filters).length / 8).toBeLessThanOrEqual(4096);
  });
});
