/** What reaches the process at all, of one protocol over one IP version: a raw socket's filter, or a part of a packet socket's. */
export interface PacketFilter {
  readonly family: 4 | 6;
  readonly protocol: 'tcp' | 'udp';
  /** TCP: the flag bits that some door counts as a knock, as masks: all of `set`, none of `clear`. */
  readonly flagRules: readonly { readonly set: number; readonly clear: number }[];
  /** Destination ports whose packets never matter. Those beyond the first MAX_SKIPPED_PORTS are let through. */
  readonly skippedPorts: readonly number[];
}

/** Two instructions a port, under the kernel's limit of 4096 (BPF_MAXINSNS), and short enough to stay quick. */
const MAX_SKIPPED_PORTS = 256;
/** The longest IPv4 header and the longest TCP header (RFC 791, RFC 9293): nothing behind them is looked at. */
export const SNAP_LENGTH = 120;

const DESTINATION_PORT = 2; // offset in both the TCP and the UDP header
const TCP_FLAGS = 13;
const RST = 0x04;

// linux/filter.h: class | size | mode
const LDX_IPV4_HEADER_LENGTH = 0xb1; // X = 4 * (byte at k & 15)
const LDX_IMMEDIATE = 0x01;
const LD_WORD_ABSOLUTE = 0x20; // also of what the kernel knows of a packet, at SKF_AD_OFF
const LD_BYTE = { absolute: 0x30, indexed: 0x50 } as const;
const LD_HALF = { absolute: 0x28, indexed: 0x48 } as const;
const AND = 0x54;
const JUMP = 0x05;
const JUMP_EQUAL = 0x15;
const JUMP_SET = 0x45;
const RETURN = 0x06;

/**
 * A classic BPF program (kernel: Documentation/networking/filter.rst) for a raw IP socket, as an array of
 * `struct sock_filter`. An IPv4 raw socket shows the program the IP header, an IPv6 one the transport header.
 */
export function packetFilterProgram(filter: PacketFilter): Uint8Array {
  const mode = filter.family === 4 ? 'indexed' : 'absolute';
  const start = filter.family === 4 ? [insn(LDX_IPV4_HEADER_LENGTH, 0)] : [];
  return encode([...start, ...judgeTransport(filter, mode)]);
}

/**
 * One program for a cooked packet socket (packet(7), SOCK_DGRAM), which shows it the IP header: passes what any of the
 * filters passes. Only packets to this host: no broadcast, no multicast, nothing that a promiscuous interface picks up.
 * The first fragment only, and TCP or UDP right behind the IPv6 header, as the filter that knockd writes for libpcap.
 */
export function packetSocketProgram(filters: readonly PacketFilter[]): Uint8Array {
  return encode([...toThisHost(), ...untagged(), ...filters.flatMap(judgePacket), insn(RETURN, 0)]);
}

// linux/filter.h, linux/if_packet.h, linux/if_ether.h, linux/if_vlan.h
const SKF_AD_OFF = 0xfffff000;
const ancillary = { PROTOCOL: SKF_AD_OFF, PKTTYPE: SKF_AD_OFF + 4, VLAN_TAG: SKF_AD_OFF + 44 } as const;
const PACKET_HOST = 0;
const VLAN_ID_MASK = 0x0fff;
const ETHERTYPE = { 4: 0x0800, 6: 0x86dd } as const;
const PROTOCOL_NUMBER = { tcp: 6, udp: 17 } as const;
const IPV4 = { FRAGMENT_OFFSET: 6, PROTOCOL: 9, FRAGMENT_OFFSET_MASK: 0x1fff } as const; // RFC 791
const IPV6 = { NEXT_HEADER: 6, HEADER_LENGTH: 40 } as const; // RFC 8200

/** A packet of the loopback device passes twice, on its way out and on its way in: only the second is to this host. */
function toThisHost(): Instruction[] {
  return [insn(LD_WORD_ABSOLUTE, ancillary.PKTTYPE), insn(JUMP_EQUAL, PACKET_HOST, 1, 0), insn(RETURN, 0)];
}

/** A frame of a VLAN is heard on the VLAN's own device, untagged; id 0 is a priority and no VLAN (802.1Q). */
function untagged(): Instruction[] {
  return [insn(LD_WORD_ABSOLUTE, ancillary.VLAN_TAG), insn(JUMP_SET, VLAN_ID_MASK, 0, 1), insn(RETURN, 0)];
}

/** Judges packets of the filter's kind for good, and lets the others fall through to the next instruction. */
function judgePacket(filter: PacketFilter): Instruction[] {
  const { family, protocol } = filter;
  const judge = [
    family === 4 ? insn(LDX_IPV4_HEADER_LENGTH, 0) : insn(LDX_IMMEDIATE, IPV6.HEADER_LENGTH),
    ...judgeTransport(filter, 'indexed'),
  ];
  // a conditional jump reaches 255 instructions far, a list of ports may be longer
  const otherwise = (rest: readonly Instruction[]): Instruction => insn(JUMP, rest.length);
  const unlessFragment =
    family === 4
      ? [
          insn(LD_HALF.absolute, IPV4.FRAGMENT_OFFSET),
          insn(JUMP_SET, IPV4.FRAGMENT_OFFSET_MASK, 0, 1),
          otherwise(judge),
        ]
      : [];
  const fragmentChecked = [...unlessFragment, ...judge];
  const at = family === 4 ? IPV4.PROTOCOL : IPV6.NEXT_HEADER;
  const protocolChecked = [
    insn(LD_BYTE.absolute, at),
    insn(JUMP_EQUAL, PROTOCOL_NUMBER[protocol], 1, 0),
    otherwise(fragmentChecked),
    ...fragmentChecked,
  ];
  return [
    insn(LD_WORD_ABSOLUTE, ancillary.PROTOCOL),
    insn(JUMP_EQUAL, ETHERTYPE[family], 1, 0),
    otherwise(protocolChecked),
    ...protocolChecked,
  ];
}

/** Ends with a verdict. `indexed`: the transport header is at X. */
function judgeTransport(filter: PacketFilter, mode: 'absolute' | 'indexed'): Instruction[] {
  const skip = filter.skippedPorts
    .slice(0, MAX_SKIPPED_PORTS)
    .flatMap((port) => [insn(JUMP_EQUAL, port, 0, 1), insn(RETURN, 0)]);
  const verdict =
    filter.protocol === 'tcp'
      ? [...filter.flagRules.flatMap((rule) => acceptFlags(rule, LD_BYTE[mode])), insn(RETURN, 0)]
      : [insn(RETURN, SNAP_LENGTH)];
  return [insn(LD_HALF[mode], DESTINATION_PORT), ...skip, ...verdict];
}

function acceptFlags(rule: PacketFilter['flagRules'][number], load: number): Instruction[] {
  const accept = insn(RETURN, SNAP_LENGTH);
  // the same rule as #knock's matchesFlags, which says why a RST never counts unless it is asked for
  if (rule.set === 0) {
    return [insn(load, TCP_FLAGS), insn(JUMP_SET, rule.clear | RST, 1, 0), accept];
  }
  return [insn(load, TCP_FLAGS), insn(AND, rule.set | rule.clear), insn(JUMP_EQUAL, rule.set, 0, 1), accept];
}

interface Instruction {
  readonly code: number;
  readonly k: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
}

function insn(code: number, k: number, jumpTrue = 0, jumpFalse = 0): Instruction {
  return { code, k, jumpTrue, jumpFalse };
}

/** struct sock_filter { __u16 code; __u8 jt; __u8 jf; __u32 k; } in the machine's byte order */
const SOCK_FILTER_BYTES = 8;

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = Buffer.allocUnsafeSlow(program.length * SOCK_FILTER_BYTES);
  program.forEach(({ code, k, jumpTrue, jumpFalse }, i) => {
    const at = i * SOCK_FILTER_BYTES;
    bytes.writeUInt16LE(code, at);
    bytes.writeUInt8(jumpTrue, at + 2);
    bytes.writeUInt8(jumpFalse, at + 3);
    bytes.writeUInt32LE(k, at + 4);
  });
  return bytes;
}
