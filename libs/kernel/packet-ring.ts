// Slots of one length: what the kernel's filter leaves of a packet, its length and its interface before it.
const SLOTS = 8192; // a power of two, so that the counters may wrap
const SLOT_BYTES = 128;
const HEAD_BYTES = 8;
const WORD = 4;
/** The longest packet that fits. */
export const RING_PACKET_BYTES = SLOT_BYTES - HEAD_BYTES;

/** Words before the slots: packets put, packets taken, whether the taker has been called, whether to stop. */
const control = { PUT: 0, TAKEN: 1, CALLED: 2, STOP: 3, words: 4 } as const;
const CONTROL_BYTES = control.words * WORD;

/** What one thread hears and another judges, in order, bounded: a queue in shared memory for one of each. */
export class PacketRing {
  private readonly words: Int32Array;
  private readonly bytes: Uint8Array;

  constructor(readonly shared = new SharedArrayBuffer(CONTROL_BYTES + SLOTS * SLOT_BYTES)) {
    this.words = new Int32Array(shared);
    this.bytes = new Uint8Array(shared);
  }

  /** Waits for room: meanwhile packets queue in the kernel, which counts those that it has to drop. False: stopped. */
  put(packet: Uint8Array, interfaceIndex: number): boolean {
    const put = Atomics.load(this.words, control.PUT);
    if (!this.awaitRoom(put)) return false;
    const at = slotAt(put);
    this.words[at / WORD] = packet.length;
    this.words[at / WORD + 1] = interfaceIndex;
    this.bytes.set(packet, at + HEAD_BYTES);
    Atomics.store(this.words, control.PUT, (put + 1) | 0);
    return true;
  }

  /** Takes up to `limit` packets. The bytes are valid within `each` only. Answers whether more are there. */
  take(limit: number, each: (packet: Uint8Array, interfaceIndex: number) => void): boolean {
    for (let i = 0; i < limit; i += 1) {
      const taken = Atomics.load(this.words, control.TAKEN);
      if (taken === Atomics.load(this.words, control.PUT)) return false;
      const at = slotAt(taken);
      const start = at + HEAD_BYTES;
      each(this.bytes.subarray(start, start + this.words[at / WORD]!), this.words[at / WORD + 1]!);
      Atomics.store(this.words, control.TAKEN, (taken + 1) | 0);
      Atomics.notify(this.words, control.TAKEN);
    }
    return true;
  }

  /** The taker must be called, and nobody has done so since `answer`. */
  call(): boolean {
    return Atomics.exchange(this.words, control.CALLED, 1) === 0;
  }

  /** To be said before the taker looks, or a packet that comes in between lies there unseen. */
  answer(): void {
    Atomics.store(this.words, control.CALLED, 0);
  }

  stop(): void {
    Atomics.store(this.words, control.STOP, 1);
    Atomics.notify(this.words, control.TAKEN);
  }

  get stopped(): boolean {
    return Atomics.load(this.words, control.STOP) === 1;
  }

  private awaitRoom(put: number): boolean {
    for (;;) {
      if (this.stopped) return false;
      const taken = Atomics.load(this.words, control.TAKEN);
      if (((put - taken) | 0) < SLOTS) return true;
      Atomics.wait(this.words, control.TAKEN, taken, STOP_CHECK_MS);
    }
  }
}

/** A stop that falls between the check and the wait is seen this much later. */
const STOP_CHECK_MS = 100;

function slotAt(counter: number): number {
  return CONTROL_BYTES + (counter & (SLOTS - 1)) * SLOT_BYTES;
}
