import { isLoopback, parseAddress } from '#address';
import { type DoorDraft, placeOf } from './door-draft.js';
import type { Findings } from './findings.js';
import { ANY_IPV4, ANY_IPV6, type ListenAddress, overlaps } from './listen-address.js';
import { NO_UPSTREAM, SAMPLE } from './parse-upstream.js';

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/** Tells where the keys of one door contradict each other. Keys without a value are no one's contradiction. */
export function checkDoor(draft: DoorDraft, findings: Findings): void {
  checkSequences(draft, findings);
  checkMode(draft, findings);
  checkProxyProtocol(draft, findings);
  checkStatus(draft, findings);
  checkOwnPort(draft, findings);
  checkLoop(draft, findings);
}

/** The mode that an upstream asks for. */
export function modeOf(upstream: string): 'http' | 'tcp' {
  return upstream.startsWith('tcp:') ? 'tcp' : 'http';
}

function checkSequences(draft: DoorDraft, findings: Findings): void {
  const { places } = draft;
  if (!places.has('sequence') || !places.has('one_time_sequences')) return;
  findings.fault(placeOf(draft, 'one_time_sequences'), 'stands beside a sequence', 'keep one of the two');
}

function checkMode(draft: DoorDraft, findings: Findings): void {
  const { mode, upstream } = draft.fields;
  if (mode === undefined || upstream === undefined || upstream === NO_UPSTREAM || mode === modeOf(upstream)) return;
  const what = `${mode} does not fit this upstream`;
  findings.fault(placeOf(draft, 'mode'), what, `remove the line, or write ${formFor(mode)} as upstream`);
}

function formFor(mode: 'http' | 'tcp'): string {
  return mode === 'tcp' ? 'tcp://HOST:PORT' : `http://HOST:PORT or ${SAMPLE}`;
}

/** An upstream's connections in mode http are of no client in particular. */
function checkProxyProtocol(draft: DoorDraft, findings: Findings): void {
  const { proxy_protocol: version, upstream, mode = upstream && modeOf(upstream) } = draft.fields;
  if (version === undefined || version === 'off' || mode !== 'http' || upstream === NO_UPSTREAM) return;
  const what = `${version} is for mode: tcp; in mode: http X-Forwarded-For names the client`;
  findings.fault(placeOf(draft, 'proxy_protocol'), what, `remove the line, or write ${formFor('tcp')} as upstream`);
}

/** Whoever speaks no HTTP with the gateway cannot ask it for a path. */
function checkStatus(draft: DoorDraft, findings: Findings): void {
  const { status, upstream } = draft.fields;
  if (status === undefined || status === null || upstream === undefined) return;
  if (modeOf(upstream) === 'http' && upstream !== NO_UPSTREAM) return;
  const what = 'is for mode: http, where the gateway itself reads the requests';
  findings.fault(placeOf(draft, 'status'), what, `remove the line, or write ${formFor('http')} as upstream`);
}

/** SECURITY: the port is part of the secret, so it is not named. */
function checkOwnPort(draft: DoorDraft, findings: Findings): void {
  const { sequence = [], listen = [] } = draft.fields;
  if (!sequence.some((step) => listen.some(({ port }) => port === step.port))) return;
  const what = 'has the port in it that this door listens on';
  findings.fault(placeOf(draft, 'sequence'), what, 'use ports at which this host serves nothing');
}

/** A gateway that is its own upstream calls itself until it runs out of sockets. */
function checkLoop(draft: DoorDraft, findings: Findings): void {
  const { listen = [], upstream } = draft.fields;
  const target = upstream === undefined ? undefined : localAddress(upstream);
  if (target === undefined || !listen.some((address) => overlaps(address, target))) return;
  const what = 'is the address that this door itself listens on';
  findings.fault(placeOf(draft, 'upstream'), what, 'let the hidden service listen on another port of 127.0.0.1');
}

/** An upstream that is surely this host: by loopback address, or by its name. */
function localAddress(upstream: string): ListenAddress | undefined {
  if (upstream === SAMPLE || upstream === NO_UPSTREAM) return undefined;
  const { protocol, hostname, port } = new URL(upstream);
  const host = hostname.toLowerCase() === 'localhost' ? '127.0.0.1' : hostname.replaceAll(/[[\]]/g, '');
  const ip = parseAddress(host);
  if (ip === undefined || !(isLoopback(ip) || host === ANY_IPV4 || host === ANY_IPV6)) return undefined;
  const preset = protocol === 'https:' ? HTTPS_PORT : HTTP_PORT;
  return { host, port: port === '' ? preset : Number(port) };
}
