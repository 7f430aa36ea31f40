import koffi from 'koffi';

/** The part of npm raw-socket's Socket that options go through; values in the machine's byte order. */
export interface OptionSocket {
  setOption(level: number, option: number, value: Buffer | number, length?: number): void;
  getOption(level: number, option: number, value: Buffer, length: number): number;
}

// asm-generic/socket.h
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_BINDTODEVICE = 25;
const SO_ATTACH_FILTER = 26;
const SO_RCVBUFFORCE = 33;
const SO_MEMINFO = 55;
const MEMINFO_FIELDS = 9; // linux/sock_diag.h: SK_MEMINFO_VARS
const MEMINFO_DROPS = 8; // SK_MEMINFO_DROPS
const UINT32 = 4;

/** struct sock_fprog { unsigned short len; struct sock_filter *filter; } on 64-bit machines */
const SOCK_FPROG = { bytes: 16, len: 0, filter: 8 } as const;
const SOCK_FILTER_BYTES = 8;

/** Puts a classic BPF program before the socket's receive queue, in place of an earlier one. Throws if refused. */
export function attachFilter(socket: OptionSocket, program: Uint8Array): void {
  const fprog = Buffer.alloc(SOCK_FPROG.bytes);
  fprog.writeUInt16LE(program.length / SOCK_FILTER_BYTES, SOCK_FPROG.len);
  fprog.writeBigUInt64LE(koffi.address(program), SOCK_FPROG.filter);
  socket.setOption(SOL_SOCKET, SO_ATTACH_FILTER, fprog, fprog.length); // the kernel copies the program here
}

/**
 * Asks for a receive buffer and answers what the kernel really gave, in bytes of payload and bookkeeping (socket(7)
 * doubles the value that was asked for). SO_RCVBUFFORCE goes past net.core.rmem_max but wants CAP_NET_ADMIN.
 */
export function setReceiveBuffer(socket: OptionSocket, bytes: number): number {
  try {
    socket.setOption(SOL_SOCKET, SO_RCVBUFFORCE, bytes);
  } catch {
    socket.setOption(SOL_SOCKET, SO_RCVBUF, bytes);
  }
  const got = Buffer.alloc(UINT32);
  socket.getOption(SOL_SOCKET, SO_RCVBUF, got, got.length);
  return got.readUInt32LE() / 2;
}

/** Hears this interface only, the one that has the name now (socket(7)). Throws if there is none. */
export function bindToDevice(socket: OptionSocket, name: string): void {
  const bytes = Buffer.from(`${name}\0`, 'latin1');
  socket.setOption(SOL_SOCKET, SO_BINDTODEVICE, bytes, bytes.length);
}

/** Packets lost since the socket was made because its receive buffer was full (wraps at 2^32). */
export function droppedPackets(socket: OptionSocket): number {
  const meminfo = Buffer.alloc(MEMINFO_FIELDS * UINT32);
  socket.getOption(SOL_SOCKET, SO_MEMINFO, meminfo, meminfo.length);
  return meminfo.readUInt32LE(MEMINFO_DROPS * UINT32);
}
