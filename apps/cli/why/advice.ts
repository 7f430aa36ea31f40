import type { Step } from '#knock';
import type { WhyDoor, WhyEntry, WhyListener, WhyVerdict } from '../../listener/index.js';
import { spanText } from './span-text.js';
import { isSameStep, stepText } from './step-text.js';

export interface Case {
  readonly ip: string;
  /** That was asked about. */
  readonly door: string | undefined;
  /** The oldest first. */
  readonly entries: readonly WhyEntry[];
  readonly listener: WhyListener;
}

/** A later packet belongs to the same knock for so long. */
const OVERTAKEN_MS = 2000;
const NO_CHANGE: ReadonlySet<WhyVerdict> = new Set(['repeat', 'ignored_port', 'served_port', 'flags', 'stray']);
const GRANTED: ReadonlySet<WhyVerdict> = new Set(['opened', 'extended']);
const BEGINS: ReadonlySet<WhyVerdict> = new Set(['advanced', 'restarted', 'late_restarted']);

/** The one thing to do about a knock that did not open, or what it is if it did, in one line. */
export function advice({ ip, door: asked, entries, listener }: Case): string {
  if (entries.length === 0) return ofNothing(ip, listener);
  if (listener.bridge.includes(ip)) return ofBridge(ip);
  const name = asked ?? entries.findLast(({ door }) => door !== null)?.door ?? undefined;
  const doors = name === undefined ? listener.doors : listener.doors.filter((door) => door.name === name);
  const own = entries.filter(({ door }) => door === name);
  const at = entries.findLastIndex(({ door, verdict }) => door === name && !NO_CHANGE.has(verdict));
  const last = entries[at];
  const after = entries.slice(at + 1);
  const flagged = after.findLast(({ door, verdict }) => door === name && verdict === 'flags');
  if (flagged !== undefined) return ofFlags(flagged, doors[0]);
  if (last === undefined) return ofStrays(after, doors);
  const limitMs = doors[0]?.seq_timeout_ms ?? Infinity;
  const later = after.filter(({ ago_ms: agoMs, verdict }) => verdict === 'stray' && last.ago_ms - agoMs > limitMs);
  if (later.length > 0 && !GRANTED.has(last.verdict)) return ofStrays(later, doors);
  return ofAttempt({ ip, last, after, own, door: doors[0] });
}

interface Attempt {
  readonly ip: string;
  /** What changed it last. */
  readonly last: WhyEntry;
  readonly after: readonly WhyEntry[];
  /** All at this door. */
  readonly own: readonly WhyEntry[];
  /** Undefined: the listener has it no more. */
  readonly door: WhyDoor | undefined;
}

function ofAttempt(attempt: Attempt): string {
  const { ip, last, door } = attempt;
  const name = last.door!;
  switch (last.verdict) {
    case 'opened':
    case 'extended':
      return ofGrant(attempt);
    case 'completed':
      return `knocked rightly; the grant at ${name} is being written: ask once more`;
    case 'bridge_refused':
      return ofBridge(ip);
    case 'grant_failed':
      return `knocked rightly, but the grant could not be written: the log says why, knockgate doctor looks at the store; then knock again`;
    case 'sequence_used':
      return `knocked rightly, but that one-time sequence was used before, perhaps at another listener: knockgate howto ${name} prints the next`;
    case 'sequence_file_failed':
      return `knocked rightly, but the file of one-time sequences could not be written: let the listener write to it and its folder; that sequence is used up`;
    case 'untold':
    case 'lost':
      return 'packets could not be told to Redis, where attempts are kept (attempts: shared): it was away, or there were too many; the log says which; knock again';
    case 'voided':
      return ofVoided(attempt);
    case 'late':
    case 'timed_out':
      return ofTimeout(attempt);
    case 'advanced':
    case 'restarted':
    case 'late_restarted':
      return ofUnfinished(attempt);
    case 'repeat':
    case 'ignored_port':
    case 'served_port':
    case 'flags':
    case 'stray':
      return ofStrays([last], door === undefined ? [] : [door]); // none of these changes an attempt
    default: {
      const exhaustive: never = last.verdict;
      return exhaustive;
    }
  }
}

function ofGrant({ last, after, own, door }: Attempt): string {
  const completed = own.findLast(({ verdict }) => verdict === 'completed');
  // the last knock's SYN is sent again where nothing answers it
  const again = after.filter(({ got }) => got !== null && !isSameStep(got, completed?.got ?? null));
  const knocked = [...(door?.sequence ?? []), ...own.flatMap(({ got }) => got ?? [])];
  const knocks = again.filter(({ got }) => knocked.some((step) => isSameStep(step, got)));
  if (knocks.length > 0 && door !== undefined) {
    if (!door.one_time) return ofStrays(knocks, [door]);
    return `a sequence of ${door.name} works once, and this one is used: ${nextOf(door)}`;
  }
  const leftMs = (door?.cmd_timeout_ms ?? 0) - last.ago_ms;
  const when = `granted at ${last.door} ${spanText(last.ago_ms)} ago`;
  return leftMs > 0
    ? `it opened: ${when}, for ${spanText(door!.cmd_timeout_ms)}; if nothing is to be seen all the same, look at the gateway: knockgate status`
    : `it opened: ${when}; that grant's time is over: knock again`;
}

function ofVoided({ last, after, door }: Attempt): string {
  const { got, expected } = last;
  if (got === null || expected === null) return 'knock again, in the order of the sequence';
  const [came, wanted] = [stepText(got), stepText(expected)];
  const other = after.find(isOtherProtocol(expected));
  if (other !== undefined || isOtherProtocol(expected)(last)) return ofProtocol(expected, last.door!);
  const late = after.find((entry) => isSameStep(entry.got, expected));
  if (late !== undefined && last.ago_ms - late.ago_ms <= OVERTAKEN_MS) {
    return `${came} came before ${wanted}: they overtook each other, or were sent in that order; knock in the order of the sequence, with a longer pause: knockgate knock --delay 300`;
  }
  const places = door?.sequence.map((step) => isSameStep(step, got)) ?? [];
  const place = places.lastIndexOf(true);
  if (place >= last.stage) {
    return `${wanted} never came, ${came} did: it was left out, lost, or dropped on the way; knock again, and if it is always this one, choose another port`;
  }
  if (place >= 0) {
    return `${came} came once more when ${wanted} was next: a client that waits for answers sends its SYN again; knock with knockgate knock, or nmap --max-retries 0`;
  }
  return `${came}, no port of ${last.door}, came in between: keep off other ports of this host until it is open, or write ${got.port} into ignore_ports`;
}

function ofTimeout({ last, after, own, door }: Attempt): string {
  const before = own.slice(0, own.indexOf(last));
  const first = before.findLast(({ verdict, stage }) => BEGINS.has(verdict) && stage === 1);
  const next = last.got === null ? after.find(({ got }) => isSameStep(got, last.expected)) : last;
  const limit = door === undefined ? 'seq_timeout' : `seq_timeout is ${spanText(door.seq_timeout_ms)}`;
  if (first !== undefined && next !== undefined) {
    const took = spanText(first.ago_ms - next.ago_ms);
    return `step ${last.stage + 1} came ${took} after the first, ${limit}: knock faster, or raise seq_timeout`;
  }
  return ofMissing(last, `within the time (${limit})`);
}

function ofMissing({ stage, expected }: WhyEntry, when: string): string {
  const wanted = expected === null ? `step ${stage + 1}` : stepText(expected);
  return `${wanted}, step ${stage + 1}, did not come ${when}: it was lost, dropped on the way, or not sent; knock again, and if it is always this one, choose another port`;
}

function ofUnfinished({ last, after, own, door }: Attempt): string {
  const expected = door?.sequence[last.stage] ?? null;
  if (door === undefined || expected === null) return `knock again: the sequence of ${last.door} has changed`;
  if (after.some(isOtherProtocol(expected))) return ofProtocol(expected, door.name);
  if (after.some(({ got }) => isSameStep(got, expected))) {
    return `the attempt was forgotten before ${stepText(expected)} came: the config was re-read, or a flood of first knocks took its place (limits.attempts); knock again`;
  }
  const first = own.findLast(({ verdict, stage }) => BEGINS.has(verdict) && stage === 1) ?? last;
  const leftMs = door.seq_timeout_ms - first.ago_ms;
  if (leftMs <= 0)
    return ofMissing({ ...last, expected }, `within the time (seq_timeout is ${spanText(door.seq_timeout_ms)})`);
  return `under way: ${stepText(expected)}, step ${last.stage + 1}, is next, within ${spanText(leftMs)}`;
}

function ofFlags({ got, door: name, expected }: WhyEntry, door: WhyDoor | undefined): string {
  const wanted = door === undefined ? 'others' : door.tcpflags;
  const port = got ?? expected;
  return `${port === null ? 'packets' : stepText(port)} came with flags ${got?.flags ?? ''}, tcpflags of ${name} wants ${wanted}: knock with these, or change tcpflags`;
}

function ofProtocol({ port, protocol }: Step, door: string): string {
  const other = protocol === 'tcp' ? 'UDP' : 'TCP';
  return `${port} came by ${other}, ${door} wants ${protocol.toUpperCase()} there: knock ${port}:${protocol}`;
}

/** Packets of which no door could make anything. */
function ofStrays(strays: readonly WhyEntry[], doors: readonly WhyDoor[]): string {
  for (const door of doors) {
    const [first, ...further] = door.sequence;
    if (first === undefined) return `every one-time sequence of ${door.name} is used: add lines to its file`;
    const other = door.sequence.find((step) => strays.some(isOtherProtocol(step)));
    if (other !== undefined) return ofProtocol(other, door.name);
    if (strays.some(({ got }) => further.some((step) => isSameStep(step, got)))) {
      return `the first knock of ${door.name}, ${stepText(first)}, never came, later ones did: it was left out, lost, or dropped on the way; knock again, and if it is always this one, choose another port`;
    }
  }
  const once = doors.find((door) => door.one_time);
  if (once !== undefined && doors.length === 1)
    return `that is not the next one-time sequence of ${once.name}: ${nextOf(once)}`;
  const names = doors.map(({ name }) => name).join(', ');
  return `these are no knocks of ${names}: another sequence is in force; knockgate howto prints it (did the listener re-read its config?)`;
}

function ofNothing(ip: string, { hears, since_ms_ago: sinceMs, doors, drops }: WhyListener): string {
  if (!hears) return 'the listener is deaf just now: its log says why, and knockgate doctor what to do';
  const udp = doors.some(({ sequence }) => sequence.some(({ protocol }) => protocol === 'udp'));
  const flags = [...new Set(doors.map(({ tcpflags }) => tcpflags))].join(' or ');
  const lost = drops > 0 ? `, or among the ${drops} packets that were lost` : '';
  return `nothing of ${ip} was heard in the last ${spanText(sinceMs)}: see which address it has here (NAT, IPv6: knockgate why lists who was heard), then look for a firewall before this host${lost}; packets without the flags that count (${flags})${udp ? '' : ', UDP'} and ignored ports are never heard`;
}

function ofBridge(ip: string): string {
  return `${ip} is the gateway of a container bridge, behind which every client looks like that: give the listener the host's network (network_mode: host)`;
}

function nextOf(door: WhyDoor): string {
  return door.sequence.length === 0
    ? 'none is left: add lines to its file'
    : `knockgate howto ${door.name} prints the next`;
}

function isOtherProtocol(step: Step): (entry: WhyEntry) => boolean {
  return ({ got }) => got !== null && got.port === step.port && got.protocol !== step.protocol;
}
