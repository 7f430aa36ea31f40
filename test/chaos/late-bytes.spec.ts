import { describe, expect, it } from 'vitest';
import { lateBytes } from './late-bytes.js';

const SERVER = [10, 77, 0, 1];
const NONE = { inTime: 0, fresh: 0, mostFresh: 0, again: 0, lastMs: 0 };
const CLIENT = [10, 77, 0, 2];

function segment(atMs: number, sequence: number, payload: number, port = 80) {
  const frame = Buffer.alloc(54); // headers only, as of a frame that was cut
  frame.writeUInt16BE(0x0800, 12);
  frame[14] = 0x45;
  frame.writeUInt16BE(40 + payload, 16);
  frame[23] = 6;
  Buffer.from([...SERVER, ...CLIENT]).copy(frame, 26);
  frame.writeUInt16BE(port, 34);
  frame.writeUInt16BE(40_000, 36);
  frame.writeUInt32BE(sequence, 38);
  frame[46] = 0x50;
  return { atMs, frame, bytes: 54 + payload };
}

describe('lateBytes', () => {
  const told = (...frames: ReturnType<typeof segment>[]) =>
    lateBytes(frames, { from: SERVER.join('.'), ports: [80], shut: [{ fromMs: 1000, toMs: 2000 }] });

  it('counts what came while the grant was over, and no other', () => {
    expect(told(segment(999, 1, 100), segment(2000, 101, 100))).toEqual({
      ...NONE,
      inTime: 200,
    });
    expect(told(segment(999, 1, 100), segment(1250, 101, 50))).toMatchObject({
      fresh: 50,
      mostFresh: 50,
      again: 0,
      lastMs: 250,
    });
    expect(told(segment(1250, 1, 50, 8022))).toEqual(NONE);
  });

  it('tells what is sent again from what is new, also of one segment, and past the end of the sequence numbers', () => {
    expect(told(segment(999, 1, 100), segment(1100, 1, 100))).toMatchObject({ fresh: 0, again: 100, lastMs: 0 });
    expect(told(segment(999, 1, 100), segment(1100, 51, 100))).toMatchObject({ fresh: 50, again: 50, lastMs: 100 });
    const last = 2 ** 32 - 50;
    expect(told(segment(999, last, 100), segment(1100, last, 100))).toMatchObject({ fresh: 0, again: 100, lastMs: 0 });
    expect(told(segment(999, last, 50), segment(1100, 0, 100))).toMatchObject({ fresh: 100, again: 0, lastMs: 100 });
  });

  it('takes all of a connection that began after the end for new', () => {
    expect(told(segment(1500, 700, 10))).toMatchObject({ fresh: 10, again: 0, lastMs: 500 });
  });
});
