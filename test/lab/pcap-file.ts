// pcap-savefile(5), as this machine writes it: little-endian
const HEADER = { bytes: 24, magic: 0, major: 4, minor: 6, snapLength: 16, linkType: 20 } as const;
const RECORD = { bytes: 16, capturedLength: 8, length: 12 } as const;
const MAGIC = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const LINKTYPE_ETHERNET = 1;
const SNAP_LENGTH = 65_535;

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

  /** @throws for another kind of file, and for a frame that is not there as a whole */
  decode(file: Buffer): Buffer[] {
    const magic = file.readUInt32LE(HEADER.magic);
    const isKnown = magic === MAGIC || magic === MAGIC_NANOSECONDS;
    if (!isKnown || file.readUInt32LE(HEADER.linkType) !== LINKTYPE_ETHERNET) throw new Error('no capture of Ethernet');
    const frames: Buffer[] = [];
    for (let at: number = HEADER.bytes; at < file.length;) {
      const length = file.readUInt32LE(at + RECORD.length);
      const end = at + RECORD.bytes + length;
      if (file.readUInt32LE(at + RECORD.capturedLength) !== length || end > file.length) throw new Error('cut short');
      frames.push(file.subarray(at + RECORD.bytes, end));
      at = end;
    }
    return frames;
  },
};
