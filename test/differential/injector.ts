import { once } from 'node:events';
import { type Child, launch } from '../lab/launch.js';
import type { Host } from '../lab/host.js';

/** pcap-savefile(5) */
const GLOBAL_HEADER = { bytes: 24, magic: 0xa1b2c3d4, snapLength: 65_535, ethernet: 1 } as const;
const RECORD_BYTES = 16;

/**
 * Sends frames exactly as they are, from a host's interface: tcpreplay, fed through its standard input, sends each as soon
 * as it is written.
 */
export class Injector implements AsyncDisposable {
  private readonly child: Child;
  private readonly exited: Promise<unknown>;
  private said = '';

  constructor(from: Host) {
    const namespace = from.netns === undefined ? {} : { netns: from.netns };
    this.child = launch('tcpreplay', ['-q', '--topspeed', '-i', from.interface, '-'], namespace);
    this.exited = once(this.child, 'close');
    this.child.stdin.on('error', () => undefined);
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
    }
    this.child.stdin.write(globalHeader());
  }

  /** One after the other, without a pause. @throws once tcpreplay has ended */
  send(frames: readonly Buffer[]): void {
    if (this.child.exitCode !== null) throw new Error(`tcpreplay ended with ${this.child.exitCode}: ${this.said}`);
    this.child.stdin.write(Buffer.concat(frames.flatMap((each) => [recordHeader(each.length), each])));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.stdin.end();
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

function globalHeader(): Buffer {
  const header = Buffer.alloc(GLOBAL_HEADER.bytes);
  header.writeUInt32LE(GLOBAL_HEADER.magic, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(GLOBAL_HEADER.snapLength, 16);
  header.writeUInt32LE(GLOBAL_HEADER.ethernet, 20);
  return header;
}

function recordHeader(length: number): Buffer {
  const header = Buffer.alloc(RECORD_BYTES);
  header.writeUInt32LE(length, 8);
  header.writeUInt32LE(length, 12);
  return header;
}
