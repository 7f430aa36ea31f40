import { networkInterface, type PacketFilter } from '#kernel';

/** About 20,000 knock packets of a burst while the process is busy elsewhere. */
export const RECEIVE_BUFFER_BYTES = 16 * 1024 * 1024;

/** The right to open raw sockets is missing (CAP_NET_RAW). */
export class CaptureDenied extends Error {
  override readonly name = 'CaptureDenied';
}

/** The config asks for what cannot be heard here: an interface that is not there, an address that raw sockets hide. */
export class CaptureRefused extends Error {
  override readonly name = 'CaptureRefused';
}

/** A config that was checked may name an interface that is gone by now. */
export function interfaceGone(name: string, options?: ErrorOptions): CaptureRefused {
  return new CaptureRefused(
    `interface: there is no network interface ${name}; ip link shows those that there are`,
    options,
  );
}

/** @throws CaptureRefused if one of them does not exist */
export function requireInterfaces(names: readonly string[]): void {
  const gone = names.find((name) => networkInterface(name) === undefined);
  if (gone !== undefined) throw interfaceGone(gone);
}

/** What is to be heard, and on which interfaces; none named: on all. */
export interface CapturePlan {
  readonly filters: readonly PacketFilter[];
  readonly interfaces: readonly string[];
}

/** A way to hear knocks. Handed packets and failures by its constructor's arguments. */
export interface Capture {
  /**
   * Hears this, in place of what was heard so far.
   * @throws CaptureDenied without CAP_NET_RAW, CaptureRefused for an interface that is gone; what was heard before still is
   */
  open(plan: CapturePlan): void;
  /** What is open, for the log. */
  readonly description: string;
  /** The receive buffer that the kernel gave to the worst-off socket; RECEIVE_BUFFER_BYTES was asked for. */
  readonly receiveBufferBytes: number;
  /** Why it takes fewer packets a second than it could on another kernel; undefined: it takes all it can. */
  readonly slow?: string | undefined;
  setSkippedPorts(skippedPorts: readonly number[]): void;
  /** Follows interfaces that went and came back. To be called a few times a second. */
  watch(): void;
  /** Why it hears nothing just now; undefined: it hears. */
  readonly deaf: string | undefined;
  /** Packets lost for want of buffer since it was opened. */
  readonly drops: number;
  close(): void;
}

/** Deaf if none of the named interfaces is up. */
export function deafOn(interfaces: readonly string[]): string | undefined {
  if (interfaces.length === 0 || interfaces.some((name) => networkInterface(name)?.up === true)) return undefined;
  return `${interfaces.join(', ')}: ${interfaces.length === 1 ? 'the interface is' : 'all interfaces are'} down or gone`;
}
