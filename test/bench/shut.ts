import { fileURLToPath } from 'node:url';
import type { Host } from '../lab/host.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { mustRun } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';
import { CONNECTIONS } from './measure-proxies.js';
import { onCore } from './on-core.js';
import { answers, startUpstream } from './proxy-lab.js';
import { quantile } from './quantile.js';
import { type Effort, type Figure, median, type Report } from './report.js';
import { DOOR, startGateway } from './start-gateway.js';
import { wrk } from './wrk.js';

const VISITORS = { quick: 20, whole: 200 } as const;
const MODES = { quick: ['http'], whole: ['http', 'tcp'] } as const;
const LOADS = ['at rest', 'under full load'] as const;
const ENDS = ['expiry', 'revocation'] as const;
const TTL_MS = 1000;
const SPACING_MS = 20;
const GRANT_MS = '3600000';
/** Longer than all visits take. */
const LOAD_SECONDS = { quick: 2, whole: 8 } as const;
/** What a grant's end is to be exact to. */
const EXACT_MS = 50;
const TIMEOUT_MS = 60_000;
const CHILD = fileURLToPath(new URL('time-ends.child.mjs', import.meta.url));

type Mode = (typeof MODES.whole)[number];
type Load = (typeof LOADS)[number];
type End = (typeof ENDS)[number];

/** Of one visitor, ms after its grant's end. */
interface Visit {
  readonly cut: number;
  readonly lastIn: number;
}

interface Case {
  readonly mode: Mode;
  readonly load: Load;
  readonly ends: End;
}

/** How long after a grant's end is the door shut? */
export async function shut({ quick, rounds }: Effort): Promise<Report> {
  const kind = quick ? 'quick' : 'whole';
  await using lab = await NetLab.create({ clients: ['client'] });
  const [host, client] = [lab.server, lab.host('client')];
  await using nginx = await startUpstream(host);
  await using redis = await RedisServer.start({ host });
  await redis.cli('SET', `knockgate:{${DOOR}}:grant:${client.address}`, 'by hand', 'PX', GRANT_MS);
  const modes: readonly Mode[] = MODES[kind];
  const cases = modes.flatMap((mode) => LOADS.flatMap((load) => ENDS.map((ends): Case => ({ mode, load, ends }))));
  const visits = new Map<Case, Visit[][]>(cases.map((each) => [each, []]));
  for (const [i, mode] of modes.entries()) {
    await using directory = await TempDir.create('shut');
    const port = 8000 + i;
    const upstream = new URL(nginx.url);
    const place = { host, address: '0.0.0.0', port };
    await using program = await startGateway({ ...place, mode, upstream, store: redis.url, directory: directory.path });
    const url = `http://${host.address}:${port}`;
    await answers(client, url, program);
    const load = () => wrk(client, `${url}/`, { connections: CONNECTIONS.page, seconds: LOAD_SECONDS[kind] });
    await load(); // Node's compiler
    for (let round = 0; round < rounds; round += 1) {
      for (const each of cases.filter((one) => one.mode === mode)) {
        const visiting = () => visit(host, { redisPort: redis.port, port, count: VISITORS[kind], ends: each.ends });
        const [found] = await Promise.all([visiting(), ...(each.load === 'at rest' ? [] : [load()])]);
        visits.get(each)!.push(found);
      }
    }
  }
  return report(visits, VISITORS[kind]);
}

interface Plan {
  readonly redisPort: number;
  readonly port: number;
  readonly count: number;
  readonly ends: End;
}

async function visit({ netns }: Host, plan: Plan): Promise<Visit[]> {
  const settings = { ...plan, door: DOOR, ttlMs: TTL_MS, spacingMs: SPACING_MS };
  const [taskset, ...words] = [...onCore('rest'), process.execPath, CHILD, JSON.stringify(settings)] as const;
  const place = netns === undefined ? {} : { netns };
  return JSON.parse(await mustRun(taskset, words, { ...place, timeoutMs: TIMEOUT_MS })) as Visit[];
}

function report(visits: ReadonlyMap<Case, readonly Visit[][]>, count: number): Report {
  const figures = [...visits].flatMap(([{ mode, load, ends }, rounds]): Figure[] => {
    const name = `shut-${mode}-${load === 'at rest' ? 'rest' : 'load'}-${ends}`;
    const at = `mode ${mode}, ${load}: ${ends} until`;
    const figure = (part: string, what: string, ours: readonly number[]): Figure => {
      const target = { text: `within ${EXACT_MS} ms`, met: median(ours) < EXACT_MS };
      return { name: `${name}-${part}`, what: `${at} ${what}`, unit: 'ms', ours, peers: [], target };
    };
    const p99 = rounds.map((round) =>
      quantile(
        round.map(({ cut }) => cut),
        0.99,
      ),
    );
    const lastIn = rounds.map((round) => Math.max(...round.map((each) => each.lastIn)));
    return [
      figure('cut', 'the live connection is cut, p99', p99),
      figure('last-in', 'the last new connection was begun, of all visitors', lastIn),
    ];
  });
  const all = [...visits.values()].flat(2);
  const worst = Math.max(...all.map(({ cut }) => cut));
  return {
    title: 'How long after its end is a grant still good for anything?',
    lead: lead(count),
    figures,
    findings: `Of all ${all.length.toLocaleString('en')} visitors the last was cut after ${worst.toFixed(1)} ms; the median is ${median(all.map(({ cut }) => cut)).toFixed(2)} ms.`,
  };
}

function lead(count: number): string {
  return `\`knockgate serve\` on one core, hidden by the kernel (steer), with a real Redis; visitors, wrk and nginx on the other. ${count} visitors a
round, one each ${SPACING_MS} ms, each at an address of its own, with a grant of ${TTL_MS} ms, a connection on which it has had its page, and new connections that
it tries each millisecond. Expiry is the time that Redis names (PEXPIRETIME), revocation a DEL on its way. Full load: ${CONNECTIONS.page} connections of wrk, of
another client with a grant, that ask for the page on end. The times are the visitor's: of a core that it shares.`;
}
