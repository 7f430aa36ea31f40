import type { OnReadOpts, Socket } from 'node:net';
import { meetDeadlines } from '#grants';

/** Of most connections little comes at a time, and most of the time nothing. */
const SMALL_BYTES = 4096;
/** While more than that comes at a time. */
const LARGE_BYTES = 65_536;

/**
 * The `onread` of one socket of a relay: hands what it reads to the other one, from a buffer that is used again, where a stream
 * would make one for each chunk. Reading goes on once the other's kernel has all of a chunk, so one at most waits here.
 */
export class RelayReader implements OnReadOpts {
  private own = Buffer.allocUnsafeSlow(SMALL_BYTES);
  private waiting = false;
  private sides: { readonly from: Socket; readonly to: Socket } | undefined;

  /** To be called before anything is read. */
  between(from: Socket, to: Socket): void {
    this.sides = { from, to };
  }

  /** Where the next chunk goes. */
  readonly buffer = (): Buffer => this.own;

  /** @returns whether to go on reading */
  readonly callback = (length: number, bytes: Uint8Array): boolean => {
    meetDeadlines();
    const { from, to } = this.sides!;
    if (from.destroyed || to.destroyed) return false;
    to.write(bytes.subarray(0, length), this.written);
    const isLarge = bytes.length === LARGE_BYTES;
    if (isLarge ? length <= SMALL_BYTES : length === SMALL_BYTES) {
      this.own = Buffer.allocUnsafeSlow(isLarge ? SMALL_BYTES : LARGE_BYTES);
    }
    // what the kernel has not taken is sent from this very buffer
    this.waiting = to.writableLength > 0;
    return !this.waiting;
  };

  private readonly written = (): void => {
    const { from, to } = this.sides!;
    if (!this.waiting || to.writableLength > 0) return;
    this.waiting = false;
    from.resume();
  };
}
