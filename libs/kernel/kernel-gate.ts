import { closeSync, renameSync } from 'node:fs';
import type { Address, Cidr } from '#address';
import { attachToNamespace, BpfMap, bootTimeNs, loadProgram, pin } from './bpf.js';
import {
  deadline,
  type DoorTerms,
  keyOf,
  listenValue,
  nanoseconds,
  PRESENT,
  proxyKey,
  writeKey,
} from './gate-entries.js';
import { ANY_DOOR, DEADLINE_BYTES, KEY, mapShapes, NO_SLOT } from './gate-layout.js';
import { filterProgram, lookupProgram, type MapFds } from './gate-programs.js';
import { type HiddenSocket, HiddenSockets, type HidingPlace } from './hidden-sockets.js';
import type { SocketAddress } from './tcp-socket.js';

const BATCH = 1024; // grants a call
const ALL_ADDRESSES: readonly Address[] = [
  { a: 0, b: 0, c: 0xffff, d: 0 },
  { a: 0, b: 0, c: 0, d: 0 },
];

/** What the kernel let us have, or why not: the system's error. */
export interface GateRights {
  /** Connections can be handed to a socket that listens elsewhere. */
  readonly steer: Error | undefined;
  /** Connections can be kept from finding a socket. */
  readonly lookup: Error | undefined;
  /** Packets can be dropped at a socket. */
  readonly filter: Error | undefined;
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

/**
 * The gate within the kernel: who may find a port, and until when, whatever becomes of this process. All rights that it
 * takes are needed by `open` and `attach` only. It lives as long as this process.
 */
export class KernelGate {
  private readonly sockets: HiddenSockets;
  private readonly trusted = new Map<string, Buffer>();
  private link: number | undefined;

  private constructor(
    readonly maps: Readonly<Record<keyof MapFds, BpfMap | undefined>> &
      Record<Exclude<keyof MapFds, 'sockets'>, BpfMap>,
    readonly rights: GateRights,
    private readonly programs: { readonly lookup: number | undefined; readonly filter: number | undefined },
  ) {
    const filter = (): number => {
      if (programs.filter === undefined) throw rights.filter!;
      return programs.filter;
    };
    this.sockets = new HiddenSockets({ maps, attach: () => this.attach(), filter });
  }

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

  /** @throws the system's error, as HiddenSockets */
  bind(place: HidingPlace, listen: SocketAddress): HiddenSocket {
    return this.sockets.bind(place, listen);
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
}

function attempt<T>(act: () => T): { readonly value?: T; readonly error: Error | undefined } {
  try {
    return { value: act(), error: undefined };
  } catch (error) {
    return { error: error as Error };
  }
}
