// pcap-savefile(5), as this machine writes it: little-endian
const HEADER = { bytes: 24, magic: 0, major: 4, minor: 6, snapLength: 16, linkType: 20 } as const;
const RECORD = { bytes: 16, seconds: 0, fraction: 4, capturedLength: 8, length: 12 } as const;
const MAGIC = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const LINKTYPE_ETHERNET = 1;
const SNAP_LENGTH = 65_535;

/** A frame, and when it was captured: milliseconds since the epoch. */
export interface CapturedFrame {
  readonly atMs: number;
  /** As much of it as was captured. */
  readonly frame: Buffer;
  /** How long it was. */
  readonly bytes: number;
}

/** A capture file of Ethernet frames. */
export const pcapFile = {
  /** All frames at time 0. */
  encode(frames: readonly Buffer[]): Buffer {
    const header = Buffer.alloc(HEADER.bytes);
    header.writeUInt32LE(MAGIC, HEADER.magic);
    header.writeUInt16LE(2, HEADER.major);
    header.writeUInt16LE(4, HEADER.minor);
    header.writeUInt32LE(SNAP_LENGTH, HEADER.snapLength);
    header.writeUInt32LE(LINKTYPE_ETHERNET, HEADER.linkType);
    const records = frames.flatMap((frame) => {
      const record = Buffer.alloc(RECORD.bytes);
      record.writeUInt32LE(frame.length, RECORD.capturedLength);
      record.writeUInt32LE(frame.length, RECORD.length);
      return [record, frame];
    });
    return Buffer.concat([header, ...records]);
  },

  /** @throws for another kind of file, and for one that ends within a frame */
  decode(file: Buffer): CapturedFrame[] {
    const magic = file.readUInt32LE(HEADER.magic);
    const isKnown = magic === MAGIC || magic === MAGIC_NANOSECONDS;
    if (!isKnown || file.readUInt32LE(HEADER.linkType) !== LINKTYPE_ETHERNET) throw new Error('no capture of Ethernet');
    const perMs = magic === MAGIC ? 1e3 : 1e6;
    const frames: CapturedFrame[] = [];
    for (let at: number = HEADER.bytes; at < file.length;) {
      const end = at + RECORD.bytes + file.readUInt32LE(at + RECORD.capturedLength);
      if (end > file.length) throw new Error('cut short');
      const atMs = file.readUInt32LE(at + RECORD.seconds) * 1000 + file.readUInt32LE(at + RECORD.fraction) / perMs;
      const bytes = file.readUInt32LE(at + RECORD.length);
      frames.push({ atMs, frame: file.subarray(at + RECORD.bytes, end), bytes });
      at = end;
    }
    return frames;
  },
};
