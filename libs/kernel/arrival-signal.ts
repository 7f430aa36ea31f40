import { libc, systemError } from './libc.js';

// asm-generic/ioctls.h, asm-generic/sockios.h
const FIOASYNC = 0x5452;
const FIOSETOWN = 0x8901;
const INT = 4;

const waiting = new Set<ArrivalSignal>();
let listens = false;

/**
 * Says that a socket has something to read: Node's loop cannot wait for a socket of ours, but for a signal, and the kernel
 * sends one (socket(7), signal-driven I/O). No thread waits, and an idle socket costs nothing.
 */
export class ArrivalSignal {
  /** @param arrived is called once after each `arm`, or soon after another socket's arrival */
  constructor(
    private readonly fd: number,
    private readonly arrived: () => void,
  ) {
    listen();
    this.own();
  }

  /**
   * The signal goes to this process by the rights that it has now (sigio_perm in the kernel's fs/fcntl.c). To be called after a
   * change of user: within a user namespace those of before may not do.
   */
  own(): void {
    this.control(FIOSETOWN, process.pid);
  }

  /** The next arrival is said. What is there already is not: look after this. */
  arm(): void {
    waiting.add(this);
    this.control(FIOASYNC, 1);
  }

  /** Under load each packet would be a signal. */
  disarm(): void {
    waiting.delete(this);
    this.control(FIOASYNC, 0);
  }

  get armed(): boolean {
    return waiting.has(this);
  }

  /** Says the arrival that the signal told of. */
  signalled(): void {
    this.disarm();
    this.arrived();
  }

  private control(request: number, value: number): void {
    const argument = Buffer.alloc(INT);
    argument.writeInt32LE(value);
    if (libc.ioctl(this.fd, request, argument) < 0) throw systemError('ioctl');
  }
}

/** For good: a signal that is still under way when the last socket is closed would end the process. */
function listen(): void {
  if (listens) return;
  listens = true;
  process.on('SIGIO', () => {
    const due = [...waiting]; // some wait again at once
    for (const signal of due) signal.signalled();
  });
}
