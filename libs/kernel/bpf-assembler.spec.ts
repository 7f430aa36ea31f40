import { describe, expect, it } from 'vitest';
import { BpfAssembler } from './bpf-assembler.js';

/** The bytes of one instruction, as hex. */
function hex(build: (asm: BpfAssembler) => BpfAssembler): string {
  return build(new BpfAssembler()).encode().toString('hex');
}

// The expected bytes are put together by hand from the kernel's instruction-set.rst.
describe('BpfAssembler', () => {
  it.each([
    ['r6 = r1', (asm: BpfAssembler) => asm.move(6, 1), 'bf16000000000000'],
    ['r0 = -1', (asm: BpfAssembler) => asm.moveConstant(0, -1), 'b7000000ffffffff'],
    ['r2 += -24', (asm: BpfAssembler) => asm.addConstant(2, -24), '07020000e8ffffff'],
    ['r2 >>= 4', (asm: BpfAssembler) => asm.shiftRight(2, 4), '7702000004000000'],
    ['r2 = be16 r2', (asm: BpfAssembler) => asm.hostOrder16(2), 'dc02000010000000'],
    ['r2 = *(u32 *)(r6 + 12)', (asm: BpfAssembler) => asm.load(2, 6, { offset: 12, size: 4 }), '61620c0000000000'],
    ['r9 = *(u64 *)(r0 + 0)', (asm: BpfAssembler) => asm.load(9, 0, { offset: 0, size: 8 }), '7909000000000000'],
    ['*(u32 *)(r10 - 8) = r7', (asm: BpfAssembler) => asm.store(-8, 7, 4), '637af8ff00000000'],
    ['*(u16 *)(r10 - 14) = -1', (asm: BpfAssembler) => asm.storeConstant(-14, -1, 2), '6a0af2ffffffffff'],
    ['r1 = map 7', (asm: BpfAssembler) => asm.loadMap(1, 7), '18110000070000000000000000000000'],
    ['call 1', (asm: BpfAssembler) => asm.call(1), '8500000001000000'],
    ['r0 = 1; exit', (asm: BpfAssembler) => asm.answer(1), 'b7000000010000009500000000000000'],
  ])('%s', (_assembly, build, bytes) => {
    expect(hex(build)).toBe(bytes);
  });

  it('jumps to labels, forth and back, past instructions of two slots', () => {
    const code = hex((asm) =>
      asm.label('start').jumpIf(0, 0, 'end').loadMap(1, 3).jumpIfNotBelow(0, 9, 'start').label('end').answer(0),
    );
    expect(code).toBe(
      [
        '1500030000000000',
        '18110000030000000000000000000000',
        '3d90fcff00000000',
        'b7000000000000009500000000000000',
      ].join(''),
    );
  });

  it('refuses a jump to nowhere', () => {
    expect(() => new BpfAssembler().jump('nowhere').encode()).toThrow('no label nowhere');
  });
});
