import { arch, endianness } from 'node:os';
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';
import { libc, systemError } from './libc.js';

/** The number of bpf(2), by architecture (asm/unistd.h). */
const SYSCALL: Readonly<Record<string, number>> = { x64: 321, arm64: 280, riscv64: 280, loong64: 280 };

// linux/bpf.h
const COMMAND = {
  MAP_CREATE: 0,
  MAP_LOOKUP: 1,
  MAP_UPDATE: 2,
  MAP_DELETE: 3,
  PROG_LOAD: 5,
  OBJ_PIN: 6,
  MAP_UPDATE_BATCH: 26, // Linux 5.6
  LINK_CREATE: 28,
} as const;
const MAP_TYPE = { hash: 1, array: 2, lpmTrie: 11, sockHash: 18 } as const;
const PROGRAM_TYPE = { socketFilter: 1, skLookup: 30 } as const;
const ATTACH_SK_LOOKUP = 36;
const NO_PREALLOC = 1;
const NAME_BYTES = 15;
const LICENSE = Buffer.from('Dual MIT/GPL\0');
const LOG_BYTES = 1 << 18;
const BATCH_COUNT = 32; // in bpf_attr: how many there are, and then how many were done

/** What the programs call (linux/bpf.h, __BPF_FUNC_MAPPER). */
export const HELPER = {
  mapLookup: 1,
  skbLoadBytes: 26,
  skbLoadBytesRelative: 68,
  skRelease: 86,
  skAssign: 124,
  bootTimeNs: 125,
} as const;

// One place outside of V8's heap for what every call hands to the kernel: its address never moves.
const SCRATCH_BYTES = 512;
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
const AT = { attr: 0, key: 128, value: 256 } as const;
let scratchAddress: bigint | undefined;

function address(at: number): bigint {
  scratchAddress ??= koffi.address(scratch);
  return scratchAddress + BigInt(at);
}

/** Why this machine cannot have eBPF programs of ours at all; undefined: it may. */
export function bpfUnsupported(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}, and only Linux has eBPF`;
  if (SYSCALL[arch()] === undefined || endianness() !== 'LE') return `no eBPF for ${arch()} here`;
  return undefined;
}

/** One bpf(2). `write` fills a union bpf_attr of zeros. @throws the system's error */
function bpf(
  command: number,
  what: string,
  { bytes, write }: { bytes: number; write: (attr: Buffer) => void },
): number {
  const attr = scratch.subarray(AT.attr, AT.key).fill(0);
  write(attr);
  const result = libc.syscall(SYSCALL[arch()]!, command, address(AT.attr), BigInt(bytes));
  if (result < 0) throw systemError(what);
  return result;
}

export interface MapShape {
  readonly type: keyof typeof MAP_TYPE;
  readonly name: string;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly maxEntries: number;
}

/** A map in the kernel, of this process until it closes it. */
export class BpfMap {
  private constructor(
    readonly fd: number,
    private readonly shape: MapShape,
  ) {}

  /** @throws EPERM without the right to (CAP_BPF; for a sockHash CAP_NET_ADMIN too), EINVAL where the kernel has no such type */
  static create(shape: MapShape): BpfMap {
    const { type, name, keyBytes, valueBytes, maxEntries } = shape;
    const fd = bpf(COMMAND.MAP_CREATE, 'bpf(BPF_MAP_CREATE)', {
      bytes: 44,
      write(attr) {
        attr.writeUInt32LE(MAP_TYPE[type], 0);
        attr.writeUInt32LE(keyBytes, 4);
        attr.writeUInt32LE(valueBytes, 8);
        attr.writeUInt32LE(maxEntries, 12);
        attr.writeUInt32LE(type === 'hash' || type === 'lpmTrie' ? NO_PREALLOC : 0, 16);
        attr.write(name.slice(0, NAME_BYTES), 28, 'latin1');
      },
    });
    return new BpfMap(fd, shape);
  }

  /** @throws E2BIG or ENOMEM if there is no room: nothing has changed then */
  set(key: Uint8Array, value: Uint8Array): void {
    scratch.set(value, AT.value);
    this.element(COMMAND.MAP_UPDATE, 'bpf(BPF_MAP_UPDATE_ELEM)', key);
  }

  /**
   * Many at once, keys and values end to end: how many were set before the first that was not; 0 also where the kernel
   * sets only one at a time.
   */
  setAll(keys: Uint8Array, values: Uint8Array): number {
    const count = keys.length / this.shape.keyBytes;
    try {
      bpf(COMMAND.MAP_UPDATE_BATCH, 'bpf(BPF_MAP_UPDATE_BATCH)', {
        bytes: 56,
        write: (attr) => {
          attr.writeBigUInt64LE(koffi.address(keys), 16);
          attr.writeBigUInt64LE(koffi.address(values), 24);
          attr.writeUInt32LE(count, BATCH_COUNT);
          attr.writeUInt32LE(this.fd, 36);
        },
      });
      return count;
    } catch {
      const done = scratch.readUInt32LE(AT.attr + BATCH_COUNT);
      return done < count ? done : 0; // as it was: the kernel does not know the command
    }
  }

  /** False if it was not there. */
  delete(key: Uint8Array): boolean {
    return this.found(() => this.element(COMMAND.MAP_DELETE, 'bpf(BPF_MAP_DELETE_ELEM)', key));
  }

  /** The value, a copy of it; undefined: there is none. */
  get(key: Uint8Array): Buffer | undefined {
    const there = this.found(() => this.element(COMMAND.MAP_LOOKUP, 'bpf(BPF_MAP_LOOKUP_ELEM)', key));
    return there ? Buffer.from(scratch.subarray(AT.value, AT.value + this.shape.valueBytes)) : undefined;
  }

  private element(command: number, what: string, key: Uint8Array): void {
    scratch.set(key, AT.key);
    bpf(command, what, {
      bytes: 32,
      write: (attr) => {
        attr.writeUInt32LE(this.fd, 0);
        attr.writeBigUInt64LE(address(AT.key), 8);
        if (command !== COMMAND.MAP_DELETE) attr.writeBigUInt64LE(address(AT.value), 16);
      },
    });
  }

  private found(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    }
  }
}

export interface ProgramCode {
  readonly type: keyof typeof PROGRAM_TYPE;
  readonly name: string;
  readonly code: Buffer;
}

/**
 * Loads a program; the answer is its descriptor. Wants CAP_BPF.
 * @throws EPERM; EINVAL where the kernel does not know the type; EACCES, with the verifier's reasons, for a faulty program
 */
export function loadProgram(program: ProgramCode): number {
  try {
    return load(program);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
    const log = Buffer.alloc(LOG_BYTES);
    try {
      return load(program, log);
    } catch (again) {
      (again as Error).message += `\n${log.toString('latin1').replaceAll('\0', '')}`;
      throw again;
    }
  }
}

function load({ type, name, code }: ProgramCode, log?: Buffer): number {
  return bpf(COMMAND.PROG_LOAD, 'bpf(BPF_PROG_LOAD)', {
    bytes: 72,
    write(attr) {
      attr.writeUInt32LE(PROGRAM_TYPE[type], 0);
      attr.writeUInt32LE(code.length / 8, 4);
      attr.writeBigUInt64LE(koffi.address(code), 8);
      attr.writeBigUInt64LE(koffi.address(LICENSE), 16);
      if (log !== undefined) {
        attr.writeUInt32LE(1, 24);
        attr.writeUInt32LE(log.length, 28);
        attr.writeBigUInt64LE(koffi.address(log), 32);
      }
      attr.write(name.slice(0, NAME_BYTES), 48, 'latin1');
      if (type === 'skLookup') attr.writeUInt32LE(ATTACH_SK_LOOKUP, 68);
    },
  });
}

/** Puts an sk_lookup program in force in this network namespace for as long as the answer, a descriptor, or a pin of it lives. */
export function attachToNamespace(program: number): number {
  const namespace = openSync('/proc/self/ns/net', 'r');
  try {
    return bpf(COMMAND.LINK_CREATE, 'bpf(BPF_LINK_CREATE)', {
      bytes: 16,
      write(attr) {
        attr.writeUInt32LE(program, 0);
        attr.writeUInt32LE(namespace, 4);
        attr.writeUInt32LE(ATTACH_SK_LOOKUP, 8);
      },
    });
  } finally {
    closeSync(namespace);
  }
}

/** Gives a map, program or link a name in a bpf file system, under which it outlives this process. @throws EPERM on another file system */
export function pin(fd: number, path: string): void {
  const name = Buffer.from(`${path}\0`);
  bpf(COMMAND.OBJ_PIN, 'bpf(BPF_OBJ_PIN)', {
    bytes: 16,
    write(attr) {
      attr.writeBigUInt64LE(koffi.address(name), 0);
      attr.writeUInt32LE(fd, 8);
    },
  });
}

const CLOCK_BOOTTIME = 7; // linux/time.h; runs on through suspend, unlike CLOCK_MONOTONIC
const NS = 1_000_000_000n;

/** The clock of the programs (bpf_ktime_get_boot_ns), in nanoseconds. */
export function bootTimeNs(): bigint {
  const time = scratch.subarray(AT.value);
  if (libc.clockGettime(CLOCK_BOOTTIME, time) < 0) throw systemError('clock_gettime');
  return time.readBigInt64LE(0) * NS + time.readBigInt64LE(8);
}
