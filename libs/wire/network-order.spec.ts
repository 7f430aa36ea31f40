import { describe, expect, it } from 'vitest';
import { readUint16, readUint32 } from './network-order.js';

describe('network order', () => {
  const bytes = Uint8Array.of(0x00, 0xff, 0xfe, 0x01, 0x02);

  it('is big-endian, at an offset', () => {
    expect(readUint16(bytes, 1)).toBe(0xfffe);
    expect(readUint16(bytes, 3)).toBe(0x0102);
  });

  it('is unsigned', () => {
    expect(readUint32(bytes, 1)).toBe(0xfffe0102);
  });
});
