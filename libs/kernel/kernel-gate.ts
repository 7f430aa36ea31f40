import { closeSync, renameSync } from 'node:fs';
import { type Address, addressToBytes, type Cidr } from '#address';
import { attachToNamespace, BpfMap, bootTimeNs, loadProgram, pin } from './bpf.js';
import { ANY_DOOR, DEADLINE_BYTES, KEY, LISTEN, mapShapes, NO_SLOT, PROXY_KEY } from './gate-layout.js';
import { filterProgram, lookupProgram, type MapFds } from './gate-programs.js';
import { isListening } from './listening.js';
import { ERRNO, libc, systemError } from './libc.js';
import { bindTcp, closeSocket, type SocketAddress } from './tcp-socket.js';

const SOL_SOCKET = 1;
const SO_ATTACH_BPF = 50; // asm-generic/socket.h
const NS_PER_MS = 1_000_000;
const BATCH = 1024; // grants a call
const PRESENT = Uint8Array.of(1);
const ALL_ADDRESSES: readonly Address[] = [
  { a: 0, b: 0, c: 0xffff, d: 0 },
  { a: 0, b: 0, c: 0, d: 0 },
];
const LOOPBACK: Readonly<Record<4 | 6, Address>> = {
  4: { a: 0, b: 0, c: 0xffff, d: 0x7f000001 },
  6: { a: 0, b: 0, c: 0, d: 1 },
};

/** What the kernel let us have, or why not: the system's error. */
export interface GateRights {
  /** Connections can be handed to a socket that listens elsewhere. */
  readonly steer: Error | undefined;
  /** Connections can be kept from finding a socket. */
  readonly lookup: Error | undefined;
  /** Packets can be dropped at a socket. */
  readonly filter: Error | undefined;
}

/** How a port is kept from those without a grant; see docs/hiding.md. */
export type HidingPlace = 'steer' | 'drop' | 'filter';

/** What a door asks of the kernel. */
export interface DoorTerms {
  /** The door's number, from 1 on. */
  readonly door: number;
  /** Connections outlive their grant. */
  readonly drain: boolean;
}

/** A source that is let in at a door until a deadline on the clock of performance.now(). */
export interface SourceGrant {
  readonly source: Address;
  readonly door: number;
  readonly deadlineMs: number;
  /** The latest one that it has at any door. */
  readonly latestMs: number;
}

export interface DoorProxies {
  readonly door: number;
  readonly proxies: readonly Cidr[];
}

/** A socket that is bound, and that nobody without a grant will find once it listens. */
export interface HiddenSocket {
  readonly fd: number;
  /** To be called once it listens, and again with other terms: only then does anybody get in. */
  publish(terms: DoorTerms): void;
  /** To be called once the socket is closed, or will never listen. */
  release(): void;
}

/**
 * The gate within the kernel: who may find a port, and until when, whatever becomes of this process. All rights that it
 * takes are needed by `open` and `attach` only. It lives as long as this process.
 */
export class KernelGate {
  private readonly slots = new Set<number>();
  private readonly trusted = new Map<string, Buffer>();
  private link: number | undefined;

  private constructor(
    readonly maps: Readonly<Record<keyof MapFds, BpfMap | undefined>> &
      Record<Exclude<keyof MapFds, 'sockets'>, BpfMap>,
    readonly rights: GateRights,
    private readonly programs: { readonly lookup: number | undefined; readonly filter: number | undefined },
  ) {}

  /** @throws EPERM without CAP_BPF; whatever else bpf(2) says where this kernel has no hash maps */
  static open(maxGrants: number): KernelGate {
    const shapes = mapShapes(maxGrants);
    const maps = {
      grants: BpfMap.create(shapes.grants),
      proxies: BpfMap.create(shapes.proxies),
      listens: BpfMap.create(shapes.listens),
      refused: BpfMap.create(shapes.refused),
      fresh: BpfMap.create(shapes.fresh),
    };
    const sockets = attempt(() => BpfMap.create(shapes.sockets));
    const fds: MapFds = {
      grants: maps.grants.fd,
      proxies: maps.proxies.fd,
      listens: maps.listens.fd,
      refused: maps.refused.fd,
      fresh: maps.fresh.fd,
      sockets: sockets.value?.fd,
    };
    const lookup = attempt(() => loadProgram({ type: 'skLookup', name: 'kg_lookup', code: lookupProgram(fds) }));
    const filter = attempt(() => loadProgram({ type: 'socketFilter', name: 'kg_filter', code: filterProgram(fds) }));
    const rights = { steer: sockets.error ?? lookup.error, lookup: lookup.error, filter: filter.error };
    return new KernelGate({ ...maps, sockets: sockets.value }, rights, { lookup: lookup.value, filter: filter.value });
  }

  /** The descriptor that keeps the look-up in force: a process that has it too keeps it longer than this one. */
  get attached(): number | undefined {
    return this.link;
  }

  /** Puts the look-up in force, once. The answer is the link's descriptor. @throws what rights.lookup says */
  attach(): number {
    if (this.programs.lookup === undefined) throw this.rights.lookup!;
    this.link ??= attachToNamespace(this.programs.lookup);
    return this.link;
  }

  /**
   * Binds a socket for a public address, hidden one way or another. Steered, it is bound to a port of loopback where
   * nobody finds it. @throws the system's error: EADDRINUSE, EACCES, EADDRNOTAVAIL, EAFNOSUPPORT
   */
  bind(place: HidingPlace, listen: SocketAddress): HiddenSocket {
    return place === 'steer' ? this.bindSteered(listen) : this.bindHere(place, listen);
  }

  /**
   * Hides a port at which others listen, on all addresses, for as long as there is a file at `path` in a bpf file system,
   * whatever becomes of this process. One that is there already is replaced without a moment in between.
   * @throws the system's error
   */
  cover(port: number, terms: DoorTerms, path: string): void {
    for (const address of ALL_ADDRESSES) {
      const key = keyOf(address, port);
      this.maps.refused.set(key, PRESENT);
      this.maps.listens.set(key, listenValue(terms, NO_SLOT));
    }
    const link = this.attach();
    const fresh = `${path}-${process.pid}`; // no dot: those names are reserved there
    pin(link, fresh);
    renameSync(fresh, path);
    closeSync(link); // or `unhide` would wait for us
    this.link = undefined;
  }

  /** Sources that pass at these doors without a grant, and no others. */
  trust(doors: readonly DoorProxies[]): void {
    const keys = doors.flatMap(({ door, proxies }) =>
      proxies.flatMap((cidr) => [proxyKey(ANY_DOOR, cidr), proxyKey(door, cidr)]),
    );
    const wanted = new Map(keys.map((key) => [key.toString('hex'), key]));
    for (const [id, key] of this.trusted) if (!wanted.has(id)) this.maps.proxies.delete(key);
    for (const [id, key] of wanted) if (!this.trusted.has(id)) this.maps.proxies.set(key, PRESENT);
    this.trusted.clear();
    for (const [id, key] of wanted) this.trusted.set(id, key);
  }

  /** @throws E2BIG if the map is full: then nobody new gets in */
  grant({ source, door, deadlineMs, latestMs }: SourceGrant): void {
    const [nowNs, nowMs] = [bootTimeNs(), performance.now()];
    this.maps.grants.set(keyOf(source, door), deadline(nowNs, deadlineMs - nowMs));
    this.maps.grants.set(keyOf(source, ANY_DOOR), deadline(nowNs, latestMs - nowMs)); // last, for it is asked first
  }

  /** The same of many at once. @returns how many there are before the first that the kernel did not take */
  grantAll(grants: readonly SourceGrant[]): number {
    const [nowNs, nowMs] = [bootTimeNs(), performance.now()];
    for (let from = 0; from < grants.length; from += BATCH) {
      const batch = grants.slice(from, from + BATCH);
      const keys = Buffer.allocUnsafeSlow(batch.length * 2 * KEY.bytes);
      const values = Buffer.allocUnsafeSlow(batch.length * 2 * DEADLINE_BYTES);
      for (const [i, { source, door, deadlineMs, latestMs }] of batch.entries()) {
        writeKey(keys, 2 * i * KEY.bytes, { address: source, number: door });
        writeKey(keys, (2 * i + 1) * KEY.bytes, { address: source, number: ANY_DOOR }); // last here too
        values.writeBigUInt64LE(nowNs + nanoseconds(deadlineMs - nowMs), 2 * i * DEADLINE_BYTES);
        values.writeBigUInt64LE(nowNs + nanoseconds(latestMs - nowMs), (2 * i + 1) * DEADLINE_BYTES);
      }
      const taken = this.maps.grants.setAll(keys, values);
      if (taken < 2 * batch.length) return from + (taken >> 1);
    }
    return grants.length;
  }

  /** Shuts a door for a source; `anyMs` is what it has left elsewhere, 0 if nothing. */
  revoke(source: Address, door: number, anyMs: number): void {
    this.maps.grants.delete(keyOf(source, door));
    const any = keyOf(source, ANY_DOOR);
    if (anyMs > 0) this.maps.grants.set(any, deadline(bootTimeNs(), anyMs));
    else this.maps.grants.delete(any);
  }

  /** How much longer grants count without another word from here; 0: from now on none does. */
  stayFresh(forMs: number): void {
    this.maps.fresh.set(Buffer.alloc(4), deadline(bootTimeNs(), forMs));
  }

  private bindSteered(listen: SocketAddress): HiddenSocket {
    reserve(listen);
    const own = { address: LOOPBACK[listen.family], family: listen.family, port: 0 };
    const { fd, port } = bindTcp(own);
    const ownKey = keyOf(own.address, port);
    const key = keyOf(listen.address, listen.port);
    const slot = this.freeSlot();
    const { sockets } = this.maps;
    // SECURITY: before it listens: a local user who found it there would get round the gate
    this.maps.refused.set(ownKey, PRESENT);
    this.attach();
    this.filter(fd);
    return {
      fd,
      publish: (terms) => {
        sockets!.set(slotKey(slot), descriptor(fd));
        this.maps.listens.set(key, listenValue(terms, slot));
      },
      release: () => {
        this.maps.listens.delete(key);
        this.maps.refused.delete(ownKey);
        sockets!.delete(slotKey(slot));
        this.slots.delete(slot);
      },
    };
  }

  private bindHere(place: 'drop' | 'filter', listen: SocketAddress): HiddenSocket {
    const { fd } = bindTcp(listen);
    const key = keyOf(listen.address, listen.port);
    if (place === 'drop') {
      this.maps.refused.set(key, PRESENT);
      this.attach();
    }
    this.filter(fd);
    return {
      fd,
      publish: (terms) => this.maps.listens.set(key, listenValue(terms, NO_SLOT)),
      release: () => {
        this.maps.listens.delete(key);
        this.maps.refused.delete(key);
      },
    };
  }

  /** SECURITY: before the socket listens; its connections inherit it. */
  private filter(fd: number): void {
    const { filter } = this.programs;
    if (filter === undefined) throw this.rights.filter!;
    const value = descriptor(filter).subarray(0, 4);
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

function attempt<T>(act: () => T): { readonly value?: T; readonly error: Error | undefined } {
  try {
    return { value: act(), error: undefined };
  } catch (error) {
    return { error: error as Error };
  }
}

function keyOf(address: Address, number: number): Buffer {
  const key = Buffer.alloc(KEY.bytes);
  writeKey(key, 0, { address, number });
  return key;
}

function writeKey(
  keys: Buffer,
  at: number,
  { address: { a, b, c, d }, number }: { readonly address: Address; readonly number: number },
): void {
  keys.writeUInt32BE(a, at + KEY.address);
  keys.writeUInt32BE(b, at + KEY.address + 4);
  keys.writeUInt32BE(c, at + KEY.address + 8);
  keys.writeUInt32BE(d, at + KEY.address + 12);
  keys.writeUInt32LE(number, at + KEY.number);
}

function proxyKey(door: number, { network, prefixLength }: Cidr): Buffer {
  const key = Buffer.alloc(PROXY_KEY.bytes);
  key.writeUInt32LE(PROXY_KEY.doorBits + prefixLength, PROXY_KEY.prefixLength);
  key.writeUInt32LE(door, PROXY_KEY.door);
  key.set(addressToBytes(network), PROXY_KEY.address);
  return key;
}

function listenValue({ door, drain }: DoorTerms, slot: number): Buffer {
  const value = Buffer.alloc(LISTEN.bytes);
  value.writeUInt32LE(door, LISTEN.door);
  value.writeUInt32LE(slot, LISTEN.slot);
  value.writeUInt32LE(drain ? 1 : 0, LISTEN.drain);
  return value;
}

function slotKey(slot: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(slot);
  return key;
}

function descriptor(fd: number): Buffer {
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE(BigInt(fd));
  return value;
}

function deadline(nowNs: bigint, leftMs: number): Buffer {
  const value = Buffer.alloc(DEADLINE_BYTES);
  value.writeBigUInt64LE(nowNs + nanoseconds(leftMs));
  return value;
}

function nanoseconds(ms: number): bigint {
  return BigInt(Math.max(0, Math.floor(ms * NS_PER_MS)));
}
