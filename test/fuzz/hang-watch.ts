import { Worker } from 'node:worker_threads';

/** How long one input may take; the slowest takes a hundredth of it. */
const MOST_S = 20;
const COUNT = 0;
const LENGTH = 1;
const HEAD_BYTES = 8;

// A thread of its own: the one that hangs cannot look. `process.exit` would wait for it.
const WATCH = `
const { shared, mostMs, file } = require('node:worker_threads').workerData;
const { writeFileSync } = require('node:fs');
const numbers = new Int32Array(shared, 0, 2);
let [before, sinceMs] = [-1, 0];
setInterval(() => {
  const count = Atomics.load(numbers, 0);
  if (count !== before) [before, sinceMs] = [count, performance.now()];
  else if (performance.now() - sinceMs > mostMs) {
    writeFileSync(file, Buffer.from(new Uint8Array(shared, ${HEAD_BYTES}, numbers[1])));
    writeFileSync(2, 'one input takes more than ' + mostMs / 1000 + ' s: ' + file + '\\n');
    process.kill(process.pid, 'SIGKILL');
  }
}, 500);
`;

/** Ends this process if one input takes for ever, and leaves that input in a file. */
export class HangWatch implements AsyncDisposable {
  private readonly shared: SharedArrayBuffer;
  private readonly numbers: Int32Array;
  private readonly worker: Worker;

  constructor(file: string, maxBytes: number) {
    this.shared = new SharedArrayBuffer(HEAD_BYTES + maxBytes);
    this.numbers = new Int32Array(this.shared, 0, 2);
    const workerData = { shared: this.shared, mostMs: MOST_S * 1000, file };
    this.worker = new Worker(WATCH, { eval: true, workerData });
    this.worker.unref();
  }

  /** This one is run now. */
  readonly running = (input: Buffer): void => {
    new Uint8Array(this.shared, HEAD_BYTES).set(input.subarray(0, this.shared.byteLength - HEAD_BYTES));
    this.numbers[LENGTH] = input.length;
    Atomics.add(this.numbers, COUNT, 1);
  };

  async [Symbol.asyncDispose](): Promise<void> {
    await this.worker.terminate();
  }
}
