import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, isIP, isIPv6 } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Step } from '#knock';

/** How long a TCP knock's connection attempt is kept: its SYN leaves at once, an answer is not waited for. */
const SYN_LINGER_MS = 20;

export interface KnockPlan {
  /** Every address is knocked at, each step at all of them before the next. */
  readonly addresses: readonly string[];
  readonly steps: readonly Step[];
  /** Pause between two steps, so that they arrive in their order. */
  readonly delayMs: number;
}

/** All addresses of a host, of one IP version or of both. Rejects if it has none. */
export async function resolveHost(host: string, family: 0 | 4 | 6): Promise<string[]> {
  const bare = host.replaceAll(/^\[|\]$/gu, '');
  if (isIP(bare) !== 0) return [bare];
  return (await lookup(bare, { all: true, family })).map(({ address }) => address);
}

/** Sends the knocks. Rejects if a packet cannot be sent at all, to any of the addresses. */
export async function sendKnocks(plan: KnockPlan, sent: (step: number) => void): Promise<void> {
  for (const [i, step] of plan.steps.entries()) {
    if (i > 0) await delay(plan.delayMs);
    const results = await Promise.allSettled(plan.addresses.map((address) => sendKnock(address, step)));
    const failures = results.filter((result) => result.status === 'rejected');
    if (failures.length === results.length) throw failures[0]!.reason;
    sent(i + 1);
  }
}

function sendKnock(address: string, { port, protocol }: Step): Promise<void> {
  return protocol === 'tcp' ? sendSyn(address, port) : sendDatagram(address, port);
}

async function sendSyn(host: string, port: number): Promise<void> {
  const socket = connect({ host, port });
  try {
    await Promise.race([once(socket, 'connect'), delay(SYN_LINGER_MS)]);
  } catch (error) {
    // refused, reset or silently dropped: the SYN has arrived, which is all that a knock is
    if (!['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    socket.on('error', () => {});
    socket.destroy();
  }
}

async function sendDatagram(address: string, port: number): Promise<void> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('error', reject);
      // one byte, as knockd's client sends: some middleboxes drop empty datagrams
      socket.send(Buffer.alloc(1), port, address, (error) => (error === null ? resolve() : reject(error)));
    });
  } finally {
    socket.close();
  }
}
