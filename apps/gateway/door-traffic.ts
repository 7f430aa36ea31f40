import type { Socket } from 'node:net';

/** Connections whose bytes are counted at one look: there may be ten thousand, and each look is to cost little. */
const LOOKED_AT = 1000;

/** A connection, and what of its bytes is counted by now. */
interface Counted {
  readonly socket: Socket;
  in: number;
  out: number;
}

/** What has passed at one door since the process started, in plain numbers. */
export interface DoorFigures {
  readonly door: string;
  /** Decisions of the gate, at accept and at each request. */
  readonly allowed: number;
  readonly denied: number;
  /** Let in, and of these still open. */
  readonly connections: number;
  readonly open: number;
  /** From clients, and to them. */
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Counts what passes at one door. Bytes of connections that last are added when somebody asks, not as they pass. */
export class DoorTraffic {
  private allowed = 0;
  private denied = 0;
  private connections = 0;
  private bytesIn = 0;
  private bytesOut = 0;
  private readonly live = new Set<Counted>();
  private looking = this.live.values();

  constructor(private readonly door: string) {}

  /** What the gate has decided, which is the answer. */
  decided(allowed: boolean): boolean {
    if (allowed) this.allowed += 1;
    else this.denied += 1;
    return allowed;
  }

  /** A connection was let in. */
  enter(socket: Socket): void {
    const counted = { socket, in: 0, out: 0 };
    this.connections += 1;
    this.live.add(counted);
    socket.on('close', () => {
      this.add(counted);
      this.live.delete(counted);
    });
  }

  /** With the bytes so far; where more than LOOKED_AT connections are open, some of theirs are added at a later look. */
  figures(): DoorFigures {
    this.look();
    const { door, allowed, denied, connections, live, bytesIn, bytesOut } = this;
    return { door, allowed, denied, connections, open: live.size, bytesIn, bytesOut };
  }

  /** Goes on where the last look ended: a set's iterator sees what is added meanwhile. */
  private look(): void {
    let left = Math.min(LOOKED_AT, this.live.size);
    while (left > 0) {
      const { done = false, value } = this.looking.next();
      if (done) this.looking = this.live.values();
      else {
        this.add(value as Counted);
        left -= 1;
      }
    }
  }

  private add(counted: Counted): void {
    const { bytesRead, bytesWritten } = counted.socket;
    // what waited to be sent counts as written, and does not any more if it was thrown away
    this.bytesIn += Math.max(0, bytesRead - counted.in);
    this.bytesOut += Math.max(0, bytesWritten - counted.out);
    counted.in = Math.max(counted.in, bytesRead);
    counted.out = Math.max(counted.out, bytesWritten);
  }
}
