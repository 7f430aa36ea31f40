import { quantile } from '../bench/quantile.js';
import { median } from '../bench/report.js';
import { FLAT_BYTES, FLAT_SHARE, type Verdict, WINDOWS } from './judge-series.js';
import { lineChart, type Line } from './line-chart.js';
import { CLIENTS, FLOOD, STRANGERS } from './mixed-traffic.js';
import { ROLES, type Role } from './roles.js';
import { type Soaked, verdictsOf } from './soak.js';
import type { Sample } from './take-sample.js';

const MB = 1e6;
const MINUTE_MS = 60_000;
/** By then a forced collection is no longer in what the processes tell of their event loops. */
const COLLECTION_MS = 5000;

/** What the page says of the machine and the day. */
export interface Circumstances {
  /** One sentence. */
  readonly machine: string;
  readonly cores: number;
  /** Over the last 15 minutes, at the end. */
  readonly loadAverage: number;
}

/** A picture beside the page. */
export interface Picture {
  readonly name: string;
  readonly alt: string;
  readonly svg: string;
}

/** docs/soak.md. @param folder where the pictures lie, from the page */
export function soakPage(soaked: Soaked, circumstances: Circumstances, folder: string): string {
  const { minutes, seed } = soaked;
  const verdicts = verdictsOf(soaked);
  const flat = verdicts.every((verdict) => verdict.flat);
  const grows = verdicts.filter((verdict) => !verdict.flat).map(({ name }) => name);
  return [
    '# Soak',
    `Written by \`npm run soak\` (as root): ${minutes} minutes of mixed traffic, seed ${seed}, everything sampled each second. What it found:
**${flat ? 'flat' : `not flat: ${grows.join(', ')}`}**.`,
    '## What was done',
    done(soaked),
    '## Memory',
    rule(soaked),
    verdictTable(verdicts),
    ...images(soaked, folder, ['resident', 'heap']),
    '## Handles',
    `Open descriptors (\`/proc/PID/fd\`) before the first client came, and after the last one had gone: no process may have more than before.`,
    fdTable(soaked),
    ...images(soaked, folder, ['handles', 'load']),
    '## Event loop',
    `By how much its turns were late, as each process measures it itself and tells once a second. This is not judged, for it hangs on what else
the machine does: its load average over the last 15 minutes was ${circumstances.loadAverage.toFixed(1)} on ${circumstances.cores} cores, the
traffic's own programs included.${circumstances.loadAverage > circumstances.cores ? ' It had other work as well: it was not quiet.' : ''} The ${COLLECTION_MS / 1000} s from each forced collection on are left out.`,
    delayTable(betweenCollections(soaked)),
    ...images(soaked, folder, ['delays']),
    circumstances.machine,
  ].join('\n\n');
}

function done({ counted, samples }: Soaked): string {
  const { clients, strangers, console: reader } = counted;
  const of = (counts: Readonly<Record<string, number>>, kind: string): string =>
    (counts[kind] ?? 0).toLocaleString('en');
  const { packets, packetsDropped } = samples.at(-1)!;
  return `\`knockgate listen\`, \`serve\` (one process, \`hide: closed\`) and \`console\` as processes of their own in a network namespace, with a real Redis and
nginx. At them at once:

- ${CLIENTS.four + CLIENTS.six} clients, ${CLIENTS.six} of them by IPv6, who knock at one of three doors, use it until its grant ends, and begin anew: ${of(clients, 'knocks')} knocks,
  ${of(clients, 'knockedAgain')} of which had to be repeated, ${of(clients, 'visits')} visits, ${of(clients, 'pages')} pages, ${of(clients, 'downloads')} downloads of 3 MB,
  ${of(clients, 'websockets')} WebSockets and ${of(clients, 'echoed')} \`mode: tcp\` connections on which ${of(clients, 'echoes')} blocks came back; ${Math.round((clients['bytes'] ?? 0) / 1e9)} GB in all.
  ${of(clients, 'revoked')} of the grants were revoked (${counted.revokedByCommand} by \`knockgate revoke\`, the others by a DEL), ${of(clients, 'extended')} made longer, the
  others left to expire. Each answer was compared with what the upstream has, each connection had to last until half a second before its grant's end at
  least, and to have ended 8 s after it at most.
  On this machine, with all else that went on there, the slowest was let in ${of(clients, 'slowestOpenMs')} ms after its last knock, and what was held ended
  ${of(clients, 'latestEndMs')} ms at most after its grant, or after somebody was told to revoke that.
- ${STRANGERS.four + STRANGERS.six} strangers who try the doors, sweep ports and knock all but the last port: ${of(strangers, 'tries')} tries in ${of(strangers, 'sweeps')} sweeps and ${of(strangers, 'wrongKnocks')} wrong
  knocks. They got ${strangers['bytes'] ?? 0} bytes and ${strangers['connected'] ?? 0} connections.
- ${counted.floods} floods of ${(FLOOD.perSecond * FLOOD.seconds).toLocaleString('en')} SYNs in ${FLOOD.seconds} s, no two sources of one alike: ${counted.flooded.toLocaleString('en')} in all. The kernel let ${packets.toLocaleString('en')} packets
  through to the listener, which lost ${packetsDropped.toLocaleString('en')}.
- Somebody at the console, who read ${of(reader, 'stream-trail')} events of the trail in ${of(reader, 'stream-changes')} messages and asked ${of(reader, 'metrics')} times for \`/metrics\`.

Whatever had gone wrong for one of them would have ended the run. The trails keep 500 entries each (\`limits.events\`), so that Redis is full of them before
anything is measured; all other limits are the defaults.`;
}

function rule({ judged }: Soaked): string {
  const minutes = (ms: number): string => String(Number((ms / MINUTE_MS).toFixed(1)));
  return `The first ${minutes(judged.fromMs)} minutes are not judged. Of each tenth (${minutes((judged.toMs - judged.fromMs) / WINDOWS)} minutes) of the rest the least counts, and at the end of each the
garbage is collected by force, so that what is left is what is held. Through these goes a robust line (Theil-Sen). Flat is what that line lets grow, over the ${minutes(judged.toMs - judged.fromMs)} minutes,
by ${FLAT_SHARE * 100} % of the median at most, or by ${FLAT_BYTES / MB} MB where that is more. \`test/soak/judge-series.spec.ts\` has leaks that do not pass.
Outside the heap of the listener are its tables of attempts, which have their whole size from the start; memory they take as they fill.`;
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const mb = (bytes: number): string => (bytes / MB).toFixed(1).replace(/^-(?=0\.0$)/u, '');
  const rows = verdicts.map(({ name, first, last, growth, allowed, flat }) => [
    name,
    mb(first),
    mb(last),
    mb(growth),
    mb(allowed),
    flat ? 'flat' : '**grows**',
  ]);
  return table(['MB', 'first tenth', 'last tenth', 'the line grows by', 'allowed', 'verdict'], rows);
}

function fdTable({ fds, samples }: Soaked): string {
  const most = (role: Role): number => Math.max(...samples.map(({ processes }) => processes[role].fds));
  return table(
    ['process', 'before', 'at most', 'after'],
    ROLES.map((role) => [role, fds.before[role], most(role), fds.after[role]].map(String)),
  );
}

function betweenCollections({ samples, collected }: Soaked): Sample[] {
  return samples.filter(({ ms }) => collected.gateway.every((at) => ms < at.ms || ms > at.ms + COLLECTION_MS));
}

function delayTable(samples: readonly Sample[]): string {
  const ms = (seconds: number): string => (seconds * 1000).toFixed(1);
  const rows = ROLES.map((role) => {
    const of = samples.map(({ processes }) => processes[role]);
    return [
      role,
      ms(median(of.map(({ loopP50Seconds }) => loopP50Seconds))),
      ms(median(of.map(({ loopP99Seconds }) => loopP99Seconds))),
      ms(
        quantile(
          of.map(({ loopMaxSeconds }) => loopMaxSeconds),
          0.99,
        ),
      ),
      ms(Math.max(...of.map(({ loopMaxSeconds }) => loopMaxSeconds))),
    ];
  });
  return table(['ms', 'p50, median', 'p99, median', 'latest of a second, p99', 'latest of all'], rows);
}

/** Over the whole time, the warm-up included. */
export function pictures(soaked: Soaked): Picture[] {
  const { samples, collected, judged, minutes } = soaked;
  const line = (name: string, pick: (sample: Sample) => number, of = samples): Line => ({
    name,
    points: of.map((sample) => [sample.ms / MINUTE_MS, pick(sample)]),
  });
  const perRole = (pick: (sample: Sample, role: Role) => number, of = samples): Line[] =>
    ROLES.map((role) => line(role, (sample) => pick(sample, role), of));
  const dots = ROLES.map((role, i): Line => ({
    name: `${role}, collected`,
    points: collected[role].map(({ ms, heapBytes }) => [ms / MINUTE_MS, heapBytes / MB]),
    dotsOf: i,
  }));
  const draw = (name: string, title: string, lines: readonly Line[]): Picture => ({
    name,
    alt: title,
    svg: lineChart({ title, lines, minutes, warmUp: judged.fromMs / MINUTE_MS }),
  });
  return [
    draw('resident', 'Resident memory (MB)', [
      ...perRole(({ processes }, role) => processes[role].residentBytes / MB),
      line('Redis', ({ redisResidentBytes }) => redisResidentBytes / MB),
      line('nginx', ({ nginxResidentBytes }) => nginxResidentBytes / MB),
    ]),
    draw('heap', 'JavaScript heap (MB)', [
      ...perRole(({ processes }, role) => processes[role].heapUsedBytes / MB),
      ...dots,
    ]),
    draw(
      'handles',
      'Open descriptors',
      perRole(({ processes }, role) => processes[role].fds),
    ),
    draw('load', 'Grants and connections', [
      line('live grants', ({ grants }) => grants),
      line('connections', ({ connections }) => connections),
    ]),
    draw(
      'delays',
      'Latest turn of the event loop in a second (ms)',
      perRole(({ processes }, role) => processes[role].loopMaxSeconds * 1000, betweenCollections(soaked)),
    ),
  ];
}

function images(soaked: Soaked, folder: string, names: readonly string[]): string[] {
  return pictures(soaked)
    .filter(({ name }) => names.includes(name))
    .map(({ name, alt }) => `![${alt}](${folder}/${name}.svg)`);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
