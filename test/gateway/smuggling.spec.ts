import { afterAll, beforeAll, expect, it } from 'vitest';
import { Nginx } from '../lab/nginx.js';
import { GatewayLab } from './gateway-lab.js';
import { Peer } from './peer.js';
import { RawUpstream } from './raw-upstream.js';
import { smugglingCorpus } from './smuggling-corpus.js';
import { type StrictRequest, strictRequests } from './strict-requests.js';

const AT_ONCE = 24;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

let nginx: Nginx;
let upstream: RawUpstream;
let lab: GatewayLab;

beforeAll(async () => {
  nginx = await Nginx.start({ page: 'ok' });
  upstream = await RawUpstream.start();
  upstream.server.on('connection', () => answerEach(upstream.peers.at(-1)!));
  lab = await GatewayLab.start({
    // who sends half a header is not waited for longer
    config: { limits: { header_timeout: '1s' } },
    doors: { NGINX: { upstream: nginx.url }, RAW: { upstream: `http://127.0.0.1:${upstream.port}` } },
  });
  for (const door of ['NGINX', 'RAW']) await lab.grant(door);
});
afterAll(async () => {
  lab.expectUnharmed();
  await lab[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
  await nginx.stop();
});

function answerEach(peer: Peer): void {
  let answered = 0;
  peer.socket.on('data', () => {
    const { length } = strictRequests(peer.text).requests;
    peer.send(OK.repeat(length - answered));
    answered = length;
  });
}

interface Case {
  readonly name: string;
  readonly text: string;
  readonly expected: readonly StrictRequest[];
}

/** Each with paths of its own, /c12- and for what is hidden in it /s0000012, so that all can be played at once. */
const cases: readonly Case[] = smugglingCorpus().map(([name, given], i) => {
  const outer = given.replace(/^(\S+ (?:http:\/\/door)?\/)/u, `$1c${i}-`);
  const text = outer.replaceAll('/smuggled', `/s${String(i).padStart(7, '0')}`);
  return { name, text, expected: strictRequests(text).requests };
});

/** Plays all cases at a door; returns when nothing of them is under way any more. */
async function playAll(door: string): Promise<void> {
  const left = cases.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const each of left) await play(door, each);
    }),
  );
}

/** A framing error ends the connection, and what a strict reader finds ahead of it is answered. */
async function play(door: string, { text, expected }: Case): Promise<void> {
  const client = Peer.connect(lab.port(door)).send(text);
  const answers = new RegExp(`(?:HTTP/1\\.1 [2-5]\\d\\d [^]*){${expected.length}}`, 'u');
  if (expected.length > 0) await client.until(answers).catch(() => client.closed);
  else if (strictRequests(text).faulty) await client.closed; // at the latest after header_timeout
  if (client.text.includes(' 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n')) await client.closed;
  // what comes later reaches the upstream later
  await Peer.exchange(lab.port(door), 'GET /fence HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n');
  client.socket.destroy();
}

/** As it goes on: an absolute-form target without its host, and as HTTP/1.1. */
function toOrigin(line: string): string {
  return line.replace(/ +https?:\/\/[^/?# ]+/iu, ' ').replace(/ +HTTP\/1\.[01]$/u, ' HTTP/1.1');
}

/** The cases of which `seen`, request lines in their order, is not what a strict reader finds first. */
function wrongOf(seen: readonly string[], mayBeBegun: (line: string, each: Case) => boolean): unknown[] {
  const known = cases.map((each, i) => {
    const own = new RegExp(`/(?:c${i}-|s${String(i).padStart(7, '0')})`, 'u');
    return { each, lines: seen.filter((line) => own.test(line)) };
  });
  const wrong = known.filter(({ each, lines }) =>
    lines.some((line, i) => line !== toOrigin(each.expected[i]?.line ?? '') && !mayBeBegun(line, each)),
  );
  const strange = seen.length - known.reduce((sum, { lines }) => sum + lines.length, 0);
  return [...wrong, ...(strange === 0 ? [] : [`${strange} of no case`])];
}

const isNoFence = (line: string): boolean => !line.includes('/fence');

it('an upstream that takes every byte down sees what a strict reader sees, or less', { timeout: 180_000 }, async () => {
  await playAll('RAW');
  const readings = upstream.peers.map((peer) => strictRequests(peer.text));
  expect(readings.filter(({ faulty }) => faulty)).toEqual([]);
  const seen = readings.flatMap(({ requests }) => requests).filter(({ line }) => isNoFence(line));
  expect(
    wrongOf(
      seen.map(({ line }) => line),
      () => false,
    ),
  ).toEqual([]);
  const bodies = new Set(
    cases.flatMap(({ expected }) => expected.map(({ line, body }) => `${toOrigin(line)} ${body}`)),
  );
  expect(seen.filter(({ line, body }) => !bodies.has(`${line} ${body}`))).toEqual([]);
  expect(seen.length).toBeGreaterThan(cases.length / 10);
});

it('nginx sees what a strict reader sees, or less', { timeout: 180_000 }, async () => {
  await playAll('NGINX');
  await Peer.exchange(lab.port('NGINX'), 'GET /last HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n');
  await nginx.waitForAccess(/\/last /u);
  const lines = (await nginx.accessLog()).map((line) => line.split('"')[1]!); // "$request"
  const seen = lines.filter((line) => isNoFence(line) && !line.includes('/last'));
  // it logs a request whose body breaks off: that is one, too
  expect(wrongOf(seen, (line, { text }) => /\/c\d+-/u.test(line) && text.startsWith(line.split(' HTTP')[0]!))).toEqual(
    [],
  );
  expect(seen.length).toBeGreaterThan(cases.length / 10);
});
