import type { Address } from '#address';
import type { BpfMap } from './bpf.js';
import { descriptor, type DoorTerms, keyOf, listenValue, PRESENT, slotKey } from './gate-entries.js';
import { NO_SLOT } from './gate-layout.js';
import { isListening } from './listening.js';
import { ERRNO, libc, systemError } from './libc.js';
import { bindTcp, closeSocket, type SocketAddress } from './tcp-socket.js';

const SOL_SOCKET = 1;
const SO_ATTACH_BPF = 50; // asm-generic/socket.h
const LOOPBACK: Readonly<Record<4 | 6, Address>> = {
  4: { a: 0, b: 0, c: 0xffff, d: 0x7f000001 },
  6: { a: 0, b: 0, c: 0, d: 1 },
};

/** How a port is kept from those without a grant; see docs/hiding.md. */
export type HidingPlace = 'steer' | 'drop' | 'filter';

/** A socket that is bound, and that nobody without a grant will find once it listens. */
export interface HiddenSocket {
  readonly fd: number;
  /** To be called once it listens, and again with other terms: only then does anybody get in. */
  publish(terms: DoorTerms): void;
  /** To be called once the socket is closed, or will never listen. */
  release(): void;
}

/** What the gate lends: its maps, and its programs at work. */
export interface HidingMeans {
  readonly maps: { readonly listens: BpfMap; readonly refused: BpfMap; readonly sockets: BpfMap | undefined };
  /** Puts the look-up in force. @throws if that cannot be had */
  attach(): void;
  /** The descriptor of the socket filter. @throws if that cannot be had */
  filter(): number;
}

/** Binds the sockets of public addresses so that nobody without a grant finds them. */
export class HiddenSockets {
  private readonly slots = new Set<number>();

  constructor(private readonly means: HidingMeans) {}

  /**
   * Binds a socket for a public address, hidden one way or another. Steered, it is bound to a port of loopback where
   * nobody finds it. @throws the system's error: EADDRINUSE, EACCES, EADDRNOTAVAIL, EAFNOSUPPORT
   */
  bind(place: HidingPlace, listen: SocketAddress): HiddenSocket {
    return place === 'steer' ? this.bindSteered(listen) : this.bindHere(place, listen);
  }

  private bindSteered(listen: SocketAddress): HiddenSocket {
    reserve(listen);
    const own = { address: LOOPBACK[listen.family], family: listen.family, port: 0 };
    const { fd, port } = bindTcp(own);
    const ownKey = keyOf(own.address, port);
    const key = keyOf(listen.address, listen.port);
    const slot = this.freeSlot();
    const { listens, refused, sockets } = this.means.maps;
    // SECURITY: before it listens: a local user who found it there would get round the gate
    refused.set(ownKey, PRESENT);
    this.means.attach();
    this.filter(fd);
    return {
      fd,
      publish: (terms) => {
        sockets!.set(slotKey(slot), descriptor(fd));
        listens.set(key, listenValue(terms, slot));
      },
      release: () => {
        listens.delete(key);
        refused.delete(ownKey);
        sockets!.delete(slotKey(slot));
        this.slots.delete(slot);
      },
    };
  }

  private bindHere(place: 'drop' | 'filter', listen: SocketAddress): HiddenSocket {
    const { listens, refused } = this.means.maps;
    const { fd } = bindTcp(listen);
    const key = keyOf(listen.address, listen.port);
    if (place === 'drop') {
      refused.set(key, PRESENT);
      this.means.attach();
    }
    this.filter(fd);
    return {
      fd,
      publish: (terms) => listens.set(key, listenValue(terms, NO_SLOT)),
      release: () => {
        listens.delete(key);
        refused.delete(key);
      },
    };
  }

  /** SECURITY: before the socket listens; its connections inherit it. */
  private filter(fd: number): void {
    const value = descriptor(this.means.filter()).subarray(0, 4);
    if (libc.setsockopt(fd, SOL_SOCKET, SO_ATTACH_BPF, value, value.length) < 0) throw systemError('SO_ATTACH_BPF');
  }

  private freeSlot(): number {
    let slot = NO_SLOT + 1;
    while (this.slots.has(slot)) slot += 1;
    this.slots.add(slot);
    return slot;
  }
}

/** Finds out whether the address is this host's and free, as a listener there would. */
function reserve(listen: SocketAddress): void {
  try {
    closeSocket(bindTcp(listen).fd);
  } catch (error) {
    // a port below 1024 wants a right that steering does not
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    if (isListening(listen)) throw systemError('bind', ERRNO.EADDRINUSE);
  }
}
