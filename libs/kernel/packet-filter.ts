/** One raw socket's filter: what reaches the process at all. */
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
const SNAP_LENGTH = 120;

const DESTINATION_PORT = 2; // offset in both the TCP and the UDP header
const TCP_FLAGS = 13;
const RST = 0x04;

// linux/filter.h: class | size | mode
const LDX_IPV4_HEADER_LENGTH = 0xb1; // X = 4 * (byte at k & 15)
const LD_BYTE = { absolute: 0x30, indexed: 0x50 } as const;
const LD_HALF = { absolute: 0x28, indexed: 0x48 } as const;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_SET = 0x45;
const RETURN = 0x06;

/**
 * A classic BPF program (kernel: Documentation/networking/filter.rst) for a raw IP socket, as an array of
 * `struct sock_filter`. An IPv4 raw socket shows the program the IP header, an IPv6 one the transport header.
 */
export function packetFilterProgram(filter: PacketFilter): Uint8Array {
  const mode = filter.family === 4 ? 'indexed' : 'absolute';
  const program: Instruction[] = filter.family === 4 ? [insn(LDX_IPV4_HEADER_LENGTH, 0)] : [];
  program.push(insn(LD_HALF[mode], DESTINATION_PORT));
  for (const port of filter.skippedPorts.slice(0, MAX_SKIPPED_PORTS)) {
    program.push(insn(JUMP_EQUAL, port, 0, 1), insn(RETURN, 0));
  }
  if (filter.protocol === 'tcp') {
    for (const rule of filter.flagRules) program.push(...acceptFlags(rule, LD_BYTE[mode]));
    program.push(insn(RETURN, 0));
  } else {
    program.push(insn(RETURN, SNAP_LENGTH));
  }
  return encode(program);
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
