import { once } from 'node:events';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { canonicalAddress, isLoopback, parseAddress } from '#address';
import { type DoorSettings, NO_UPSTREAM, SAMPLE } from '#config';
import { familyOf } from '#kernel';
import { readFirewall, remoteInterfaces, wouldDrop } from '../../listener/index.js';
import type { Check } from './check.js';
import { type Finding, findingsOn } from './finding.js';
import { type ListeningSocket, listeningSockets } from './listening-sockets.js';

const { ok, warning, fault } = findingsOn('upstream');
const ANSWER_WITHIN_MS = 3000;

/** Whether there is something behind each door, and whether one gets there only by the door. */
export const checkUpstream: Check = {
  topic: 'upstream',
  role: 'gateway',
  async look({ settings }) {
    const doors = settings.doors.filter(({ upstream }) => upstream !== NO_UPSTREAM);
    const each = await Promise.all(doors.map((door) => Promise.all([answers(door), openTo(door)])));
    return each.flat(2);
  },
};

async function answers(door: DoorSettings): Promise<Finding> {
  if (door.upstream === SAMPLE) return ok(`door ${door.name}: the sample page, which is built in`);
  const withinMs = Math.min(ANSWER_WITHIN_MS, door.upstreamTimeoutMs);
  try {
    const answer = await (door.mode === 'http' ? askHttp(door.upstream, withinMs) : connects(door.upstream, withinMs));
    return ok(`door ${door.name}: ${door.upstream} ${answer}`);
  } catch (error) {
    return judgeSilent(door, reasonOf(error));
  }
}

/** @param reason the system's error code, or a text */
export function judgeSilent(
  { name, upstream, mode }: Pick<DoorSettings, 'name' | 'upstream' | 'mode'>,
  reason: string,
): Finding {
  const { hostname, port } = new URL(upstream);
  const cure = mode === 'http' ? `curl -v ${upstream}/` : `nc -v -z ${hostname.replace(/^\[|\]$/gu, '')} ${port}`;
  return fault(`door ${name}: ${upstream} does not answer: ${reason}`, `${cure} # start it, or name another upstream`);
}

async function askHttp(upstream: string, withinMs: number): Promise<string> {
  const request = (upstream.startsWith('https:') ? requestHttps : requestHttp)(`${upstream}/`, {
    agent: false,
    signal: AbortSignal.timeout(withinMs),
    headers: { 'user-agent': 'knockgate doctor' },
  }).end();
  try {
    const [response] = (await once(request, 'response')) as [{ statusCode?: number }];
    return `answers (status ${response.statusCode})`;
  } finally {
    request.on('error', () => {}); // of what is cut off now
    request.destroy();
  }
}

async function connects(upstream: string, withinMs: number): Promise<string> {
  const { hostname, port } = new URL(upstream);
  const socket = connect(Number(port), hostname.replace(/^\[|\]$/gu, ''));
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(withinMs) });
    return 'takes connections';
  } finally {
    socket.on('error', () => {});
    socket.destroy();
  }
}

function reasonOf(error: unknown): string {
  const { name, code, cause, message } = error as NodeJS.ErrnoException & { readonly cause?: unknown };
  const timedOut = name === 'AbortError' || (cause as Error | undefined)?.name === 'TimeoutError';
  return timedOut ? 'no answer in time' : (code ?? message);
}

/** An upstream of this host that more than this host can reach is not hidden. */
async function openTo({ name, upstream }: DoorSettings): Promise<Finding[]> {
  if (upstream === SAMPLE || process.platform !== 'linux') return [];
  const { hostname, port, protocol } = new URL(upstream);
  const number = Number(port) || (protocol === 'https:' ? 443 : 80);
  if (!isOwn(hostname)) return [];
  const open = listeningSockets().filter((socket) => socket.port === number && !isLoopback(parseAddress(socket.host)!));
  if (open.length === 0 || (await isKeptIn(number, open))) return [];
  const what = `door ${name}: its upstream listens on ${open[0]!.host} too: who reaches that needs no knock`;
  return [warning(what, `sudo ss -ltnp 'sport = :${number}' # have it listen on 127.0.0.1 alone`)];
}

function isOwn(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/gu, '');
  if (host === 'localhost') return true;
  const canonical = canonicalAddress(host);
  if (canonical === undefined) return false;
  if (isLoopback(parseAddress(canonical)!)) return true;
  return Object.values(networkInterfaces()).some((own) =>
    own?.some(({ address }) => canonicalAddress(address) === canonical),
  );
}

/** By the firewall, as far as it can be read. */
async function isKeptIn(port: number, sockets: readonly ListeningSocket[]): Promise<boolean> {
  const { rulesets, unread } = await readFirewall();
  if (unread !== undefined) return false;
  const families = new Set(sockets.flatMap(({ host }) => (host === '::' ? ([4, 6] as const) : [familyOf(host)])));
  return remoteInterfaces().every((device) =>
    [...families].every((family) => wouldDrop(rulesets, { family, protocol: 'tcp', port, device })),
  );
}
