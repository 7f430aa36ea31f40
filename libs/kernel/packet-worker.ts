// The thread of one PacketSocket: blocks in the kernel, hands over what comes, ends when the ring says so.
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { PacketBatch } from './packet-batch.js';
import { PacketRing } from './packet-ring.js';

/** What the thread is started with. */
export interface PacketWorkerData {
  readonly fd: number;
  readonly shared: SharedArrayBuffer;
}

function hear({ fd, shared }: PacketWorkerData): void {
  const ring = new PacketRing(shared);
  const batch = new PacketBatch();
  while (!ring.stopped) {
    const received = batch.receive(fd);
    for (let i = 0; i < received; i += 1) {
      if (!ring.put(batch.packet(i), batch.interfaceIndex(i))) return;
    }
    // A ring that this batch could fill is not empty: its taker has been called, and will make room.
    if (received > 0 && ring.call()) callTaker(parentPort);
  }
}

function callTaker(port: MessagePort | null): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window's
  port?.postMessage(0);
}

hear(workerData as PacketWorkerData);
