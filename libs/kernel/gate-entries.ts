import { type Address, addressToBytes, type Cidr } from '#address';
import { DEADLINE_BYTES, KEY, LISTEN, PROXY_KEY } from './gate-layout.js';

// Keys and values of the gate's maps, as gate-layout.ts lays them out.

const NS_PER_MS = 1_000_000;
/** The value of what is only there or not. */
export const PRESENT = Uint8Array.of(1);

/** What a door asks of the kernel. */
export interface DoorTerms {
  /** The door's number, from 1 on. */
  readonly door: number;
  /** Connections outlive their grant. */
  readonly drain: boolean;
}

/** Of `grants`: the number is a door's. Of `listens` and `refused`: a port's. */
export function keyOf(address: Address, number: number): Buffer {
  const key = Buffer.alloc(KEY.bytes);
  writeKey(key, 0, { address, number });
  return key;
}

export function writeKey(
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

export function proxyKey(door: number, { network, prefixLength }: Cidr): Buffer {
  const key = Buffer.alloc(PROXY_KEY.bytes);
  key.writeUInt32LE(PROXY_KEY.doorBits + prefixLength, PROXY_KEY.prefixLength);
  key.writeUInt32LE(door, PROXY_KEY.door);
  key.set(addressToBytes(network), PROXY_KEY.address);
  return key;
}

export function listenValue({ door, drain }: DoorTerms, slot: number): Buffer {
  const value = Buffer.alloc(LISTEN.bytes);
  value.writeUInt32LE(door, LISTEN.door);
  value.writeUInt32LE(slot, LISTEN.slot);
  value.writeUInt32LE(drain ? 1 : 0, LISTEN.drain);
  return value;
}

export function slotKey(slot: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(slot);
  return key;
}

/** A file descriptor as a value of a map of sockets. */
export function descriptor(fd: number): Buffer {
  const value = Buffer.alloc(8);
  value.writeBigUInt64LE(BigInt(fd));
  return value;
}

/** On the kernel's clock since boot, in ns. */
export function deadline(nowNs: bigint, leftMs: number): Buffer {
  const value = Buffer.alloc(DEADLINE_BYTES);
  value.writeBigUInt64LE(nowNs + nanoseconds(leftMs));
  return value;
}

export function nanoseconds(ms: number): bigint {
  return BigInt(Math.max(0, Math.floor(ms * NS_PER_MS)));
}
