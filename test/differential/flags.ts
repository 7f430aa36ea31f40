import type { Protocol } from '#knock';
import { TcpFlag } from '#wire';
import type { Door } from './trace.js';

const BIT: Readonly<Record<string, number>> = {
  fin: TcpFlag.FIN,
  syn: TcpFlag.SYN,
  rst: TcpFlag.RST,
  psh: TcpFlag.PSH,
  ack: TcpFlag.ACK,
  urg: TcpFlag.URG,
};

/** The flag bits that knockd's `TCPFlags` wants set, and those that it wants clear. */
export function flagsOf(words: readonly string[]): { readonly set: number; readonly clear: number } {
  const bits = (some: readonly string[]): number => some.reduce((sum, word) => sum | BIT[word.replace('!', '')]!, 0);
  return {
    set: bits(words.filter((word) => !word.startsWith('!'))),
    clear: bits(words.filter((word) => word.startsWith('!'))),
  };
}

/** What a knocker at this door sends: a SYN, unless the door wants other flags or refuses it. */
export function rightFlags({ tcpFlags }: Door, protocol: Protocol): number {
  if (protocol === 'udp') return 0;
  const { set, clear } = flagsOf(tcpFlags);
  return set === 0 ? TcpFlag.SYN & ~clear : set;
}

/** As tcpdump writes them: `SA` for SYN and ACK. */
export function flagLetters(flags: number): string {
  const letters = Object.entries(BIT).filter(([, bit]) => (flags & bit) !== 0);
  return letters.map(([word]) => word[0]!.toUpperCase()).join('') || '-';
}
