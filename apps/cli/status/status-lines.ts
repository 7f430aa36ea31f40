import { hostPort } from '#address';
import { NO_UPSTREAM } from '#config';
import { oneLine } from '#telemetry';
import { trailText } from '../events/trail-text.js';
import type { Paint } from '../terminal/paint.js';
import { ago } from './ago.js';
import { processLines } from './process-lines.js';
import type { DoorActivity, DoorStatus, LastEntry, Status, StoreStatus } from './read-status.js';

/** Grants of a door that are named; the rest is counted. */
const NAMED = 4;
const LABEL_WIDTH = 13;
/** What the servers are that are named. */
const ROLE = { redis: 'at ', sentinel: "at the Sentinels' master ", cluster: 'in a cluster, masters ' } as const;

/** The status for people. */
export function* statusLines({ store, processes, doors }: Status, paint: Paint): Generator<string> {
  yield `store: ${storeText(store, paint)}`;
  if (processes !== undefined) yield* ['', ...processLines(processes.reports, processes.nowMs, paint)];
  for (const each of doors) yield* ['', ...doorLines(each, paint)];
}

function storeText(store: StoreStatus, paint: Paint): string {
  if (store.kind === 'memory') return 'memory; its grants are known inside the process that made them alone';
  if (!store.reachable) return paint('red', `unreachable: ${oneLine(store.reason)}`);
  const { name, servers, answer_ms: answerMs } = store;
  return `${name} ${ROLE[store.kind]}${servers.join(', ')}, answers in ${answerMs.toFixed(1)} ms`;
}

function* doorLines({ door, activity }: DoorStatus, paint: Paint): Generator<string> {
  const { name, mode, hide, upstream } = door;
  const covers = upstream === NO_UPSTREAM;
  yield paint('bold', name);
  yield line('at', door.listen.map(hostPort).join(', '));
  yield line('hidden by', covers ? 'knockgate hide, without a proxy' : `hide: ${hide}`);
  if (!covers) yield line('behind it', `${upstream} (mode: ${mode})`);
  if (activity === undefined) return;
  yield line('in now', grantsText(activity, paint));
  yield line('last open', entryText(activity.last_open));
  yield line('last failed', entryText(activity.last_failed));
}

function line(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}

function grantsText({ grants }: DoorActivity, paint: Paint): string {
  if (grants.length === 0) return 'nobody';
  const named = grants.slice(0, NAMED).map((grant) => `${grant.ip} ${grant.seconds_left} s`);
  const more = grants.length - named.length;
  return paint('green', [...named, ...(more > 0 ? [`and ${more} more`] : [])].join(', '));
}

function entryText(last: LastEntry | null): string {
  if (last === null) return 'none that is still in the audit trail';
  const { ip = '' } = last.fields;
  return oneLine(`${ip}, ${ago(last.seconds_ago)}: ${trailText(last.fields).text}`);
}
