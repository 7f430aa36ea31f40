/** Sizes of a memory access, in bytes, as the instruction encodes them. */
const SIZE = { 1: 0x10, 2: 0x08, 4: 0x00, 8: 0x18 } as const;
type Size = keyof typeof SIZE;

/** linux/bpf.h: struct bpf_insn { __u8 code; __u8 dst:4, src:4; __s16 off; __s32 imm; } */
const INSTRUCTION_BYTES = 8;
const PSEUDO_MAP_FD = 1;

interface Instruction {
  readonly code: number;
  readonly dst: number;
  readonly src: number;
  /** A label's name stands for the distance to it. */
  readonly offset: number | string;
  readonly immediate: number;
}

/** A register: r0 holds results, r1 to r5 arguments, r6 to r9 survive calls, r10 is the frame pointer. */
export type Register = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

export const FRAME: Register = 10;

/** Writes an eBPF program (kernel: Documentation/bpf/standardization/instruction-set.rst), little-endian. */
export class BpfAssembler {
  private readonly instructions: Instruction[] = [];
  private readonly labels = new Map<string, number>();
  private named = 0;

  /** A name for a label that no other part of the program uses. */
  unique(name: string): string {
    this.named += 1;
    return `${name}-${this.named}`;
  }

  label(name: string): this {
    this.labels.set(name, this.instructions.length);
    return this;
  }

  move(dst: Register, src: Register): this {
    return this.add(0xbf, { dst, src });
  }

  moveConstant(dst: Register, immediate: number): this {
    return this.add(0xb7, { dst, immediate });
  }

  /** dst += immediate */
  addConstant(dst: Register, immediate: number): this {
    return this.add(0x07, { dst, immediate });
  }

  shiftRight(dst: Register, immediate: number): this {
    return this.add(0x77, { dst, immediate });
  }

  /** The lower 16 bits from network to host byte order. */
  hostOrder16(dst: Register): this {
    return this.add(0xdc, { dst, immediate: 16 });
  }

  /** dst = *(base + offset) */
  load(dst: Register, base: Register, { offset, size }: { readonly offset: number; readonly size: Size }): this {
    return this.add(0x61 | SIZE[size], { dst, src: base, offset });
  }

  /** *(frame + offset) = src */
  store(offset: number, src: Register, size: Size): this {
    return this.add(0x63 | SIZE[size], { dst: FRAME, src, offset });
  }

  /** *(frame + offset) = immediate */
  storeConstant(offset: number, immediate: number, size: Size): this {
    return this.add(0x62 | SIZE[size], { dst: FRAME, offset, immediate });
  }

  /** The address of a map, by its descriptor; two instructions long. */
  loadMap(dst: Register, fd: number): this {
    return this.add(0x18, { dst, src: PSEUDO_MAP_FD, immediate: fd }).add(0, {});
  }

  call(helper: number): this {
    return this.add(0x85, { immediate: helper });
  }

  jump(offset: string): this {
    return this.add(0x05, { offset });
  }

  jumpIf(dst: Register, immediate: number, offset: string): this {
    return this.add(0x15, { dst, immediate, offset });
  }

  jumpUnless(dst: Register, immediate: number, offset: string): this {
    return this.add(0x55, { dst, immediate, offset });
  }

  /** Unsigned: jumps if dst >= src. */
  jumpIfNotBelow(dst: Register, src: Register, offset: string): this {
    return this.add(0x3d, { dst, src, offset });
  }

  /** Ends the program with this result. */
  answer(result: number): this {
    return this.moveConstant(0, result).add(0x95, {});
  }

  /** @throws for a jump to a label that is not there */
  encode(): Buffer {
    const bytes = Buffer.allocUnsafeSlow(this.instructions.length * INSTRUCTION_BYTES);
    for (const [i, { code, dst, src, offset, immediate }] of this.instructions.entries()) {
      const at = i * INSTRUCTION_BYTES;
      bytes.writeUInt8(code, at);
      bytes.writeUInt8(dst | (src << 4), at + 1);
      bytes.writeInt16LE(typeof offset === 'number' ? offset : this.distance(i, offset), at + 2);
      bytes.writeInt32LE(immediate, at + 4);
    }
    return bytes;
  }

  private distance(from: number, label: string): number {
    const to = this.labels.get(label);
    if (to === undefined) throw new Error(`no label ${label}`);
    return to - from - 1;
  }

  private add(code: number, { dst = 0, src = 0, offset = 0, immediate = 0 }: Partial<Omit<Instruction, 'code'>>): this {
    this.instructions.push({ code, dst, src, offset, immediate });
    return this;
  }
}
