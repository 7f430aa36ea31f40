import type { Socket } from 'node:net';

/** The descriptor of a socket, which Node keeps to itself; -1 if it is closed, is not TCP's own (TLS), or this is not Linux. */
export function descriptorOf(socket: Socket): number {
  if (process.platform !== 'linux') return -1;
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd ?? -1;
}
