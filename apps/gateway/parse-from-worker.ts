import { oneLine, type ProcessLoad } from '#telemetry';
import type { DoorFigures } from './door-traffic.js';
import type { FromWorker } from './worker-message.js';

const MAX_DOORS = 1000;
const MAX_REASON_LENGTH = 500;
/** A thousand workers' together are exact still. */
const MAX_COUNT = 2 ** 43;

/**
 * What a worker says, or undefined if it is none of what workers say. SECURITY: a worker reads what strangers send, and
 * may have been taken over: of what it says nothing is taken but bounded numbers, names that the caller compares with
 * doors and grants that it knows, and one bounded line.
 */
export function parseFromWorker(message: unknown): FromWorker | undefined {
  if (!isObject(message)) return undefined;
  switch (message['kind']) {
    case 'done':
      return { kind: 'done', id: count(message['id']), connections: count(message['connections']) };
    case 'report':
      return {
        kind: 'report',
        fresh: message['fresh'] === true,
        doors: doorsOf(message['doors']),
        load: loadOf(message['load']),
      };
    case 'revoke':
      return revokeOf(message);
    case 'crashed':
      return { kind: 'crashed', reason: lineOf(message['reason']) };
    default:
      return undefined;
  }
}

function revokeOf({ request, key }: Readonly<Record<string, unknown>>): FromWorker | undefined {
  if (!Number.isSafeInteger(request) || !isObject(key)) return undefined;
  const { door, ip } = key;
  if (typeof door !== 'string' || typeof ip !== 'string') return undefined;
  return { kind: 'revoke', request: request as number, key: { door, ip } };
}

function doorsOf(value: unknown): DoorFigures[] {
  if (!Array.isArray(value)) return [];
  const doors = new Map<string, DoorFigures>();
  for (const each of value.slice(0, MAX_DOORS) as unknown[]) {
    if (!isObject(each) || typeof each['door'] !== 'string' || doors.has(each['door'])) continue;
    doors.set(each['door'], figuresOf(each['door'], each));
  }
  return [...doors.values()];
}

function figuresOf(door: string, from: Readonly<Record<string, unknown>>): DoorFigures {
  return {
    door,
    allowed: count(from['allowed']),
    denied: count(from['denied']),
    connections: count(from['connections']),
    open: count(from['open']),
    bytesIn: count(from['bytesIn']),
    bytesOut: count(from['bytesOut']),
  };
}

function loadOf(value: unknown): ProcessLoad {
  const from = isObject(value) ? value : {};
  return {
    residentBytes: count(from['residentBytes']),
    heapUsedBytes: count(from['heapUsedBytes']),
    externalBytes: count(from['externalBytes']),
    loopDelayP50Seconds: bounded(from['loopDelayP50Seconds']),
    loopDelayP99Seconds: bounded(from['loopDelayP99Seconds']),
    loopDelayMaxSeconds: bounded(from['loopDelayMaxSeconds']),
  };
}

function count(value: unknown): number {
  return Math.floor(bounded(value));
}

function bounded(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(value, MAX_COUNT) : 0;
}

function lineOf(value: unknown): string {
  return typeof value === 'string' ? oneLine(value.slice(0, MAX_REASON_LENGTH)) : 'it did not say why';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
