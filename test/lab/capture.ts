import { readFile } from 'node:fs/promises';
import type { Host } from './host.js';
import { type CapturedFrame, pcapFile } from './pcap-file.js';
import type { Program } from './program.js';
import { mustRun } from './run.js';
import { TempDir } from './temp-dir.js';

export interface CaptureOptions {
  /** pcap-filter(7); none: everything */
  readonly filter?: string;
  /** The host's own interface unless told. */
  readonly interface?: string;
}

export interface Traffic {
  readonly packets: number;
  /** What TCP and UDP carried; headers, ICMP and ARP count nothing. */
  readonly payloadBytes: number;
}

// SIGUSR1's answer: one line; at the end each figure has a line of its own.
const STATISTICS = /: (\d+) packets? captured, (\d+) packets? received by filter, (\d+) packets? dropped by kernel/;
const PAYLOAD = /: (?:tcp|UDP, length) (\d+)/;
const STEADY_SAMPLES = 20;

/** tcpdump at one host: the proof of what was sent, and of what was not. */
export class Capture implements AsyncDisposable {
  private constructor(
    readonly program: Program,
    readonly directory: TempDir,
  ) {}

  /** Resolves once packets are recorded. */
  static async start(host: Host, options: CaptureOptions = {}): Promise<Capture> {
    const directory = await TempDir.create('capture');
    // -s: the ring holds frames of the snapshot's length, so the default's 256 KiB leave room for a few hundred only.
    // -Z: else it gives up root and cannot write into the directory.
    const record = ['-U', '--immediate-mode', '-Z', 'root', '-w', directory.file('packets.pcap')];
    const ring = ['-s', '2048', '-B', '16384'];
    const what = ['-i', options.interface ?? host.interface, ...(options.filter === undefined ? [] : [options.filter])];
    const program = host.spawn('tcpdump', ['-n', ...ring, ...record, ...what]);
    const capture = new Capture(program, directory);
    try {
      await program.waitForLine(/listening on/);
      return capture;
    } catch (error) {
      await capture[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** What has been recorded so far and matches; nothing that passed before the call is missing. @throws once stopped */
  async count(filter = ''): Promise<Traffic> {
    if (this.program.exitCode === undefined) await this.#catchUp();
    const file = this.directory.file('packets.pcap');
    // -q: one line a packet, with the length of what TCP or UDP carries.
    const text = await mustRun('tcpdump', ['-Z', 'root', '-nqt', '-r', file, ...(filter === '' ? [] : [filter])]);
    const lines = text.split('\n').filter(Boolean);
    const payload = lines.map((line) => Number(PAYLOAD.exec(line)?.[1] ?? 0));
    return { packets: lines.length, payloadBytes: payload.reduce((sum, bytes) => sum + bytes, 0) };
  }

  /** Each frame recorded so far, as `count` counts them. @throws (rejects) if one is longer than what is kept of each */
  async frames(): Promise<Buffer[]> {
    return (await this.capturedFrames()).map(({ frame, bytes }) => {
      if (frame.length < bytes) throw new Error('cut short');
      return frame;
    });
  }

  /** As `frames`, with the time of each; of long ones the beginning. */
  async capturedFrames(): Promise<CapturedFrame[]> {
    if (this.program.exitCode === undefined) await this.#catchUp();
    return pcapFile.decode(await readFile(this.directory.file('packets.pcap')));
  }

  /** Ends the recording and throws it away. @returns what it had that matches @throws (rejects) if packets were lost */
  async stop(filter = ''): Promise<Traffic> {
    try {
      return await this.count(filter);
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop('SIGINT');
    await this.directory.remove();
  }

  /**
   * SIGINT leaves unread what waits in the kernel's ring: so first until as many are read as the filter let through.
   * Where the two never meet (loopback shows each packet to the filter twice), until neither moves any more.
   */
  async #catchUp(): Promise<void> {
    let previous = '';
    for (let steady = 0; steady < STEADY_SAMPLES;) {
      const after = this.program.lineCount;
      this.program.signal('SIGUSR1');
      const [sample, captured, received, dropped] = await this.program.waitForLine(STATISTICS, undefined, after);
      if (dropped !== '0') throw new Error(`tcpdump lost ${dropped} packets`);
      if (captured === received) return;
      steady = sample === previous ? steady + 1 : 0;
      previous = sample;
    }
  }
}
