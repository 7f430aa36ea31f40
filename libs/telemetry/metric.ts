/** What a metric is, and how the same one of several processes is made one. */
export interface Metric {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
  readonly aggregator: 'sum' | 'max' | 'min';
  /** Of a histogram: upper bounds. */
  readonly buckets?: readonly number[];
}

/**
 * Everything that is ever measured, each name once, with its unit in the name. What each gateway sees of the same grants
 * is not added up. SECURITY: labels are doors and words of ours, never an address, a port or what strangers send.
 */
export const METRICS = {
  knockgate_grants_live: {
    type: 'gauge',
    help: 'Grants that live now, as the gateways know them.',
    labels: ['door'],
    aggregator: 'max',
  },
  knockgate_grants_opened_total: {
    type: 'counter',
    help: 'Grants that knocks have opened.',
    labels: ['door'],
    aggregator: 'sum',
  },
  knockgate_grants_extended_total: {
    type: 'counter',
    help: 'Grants that knocks have extended.',
    labels: ['door'],
    aggregator: 'sum',
  },
  knockgate_grants_ended_total: {
    type: 'counter',
    help: 'Grants that gateways saw end, by why.',
    labels: ['door', 'reason'],
    aggregator: 'max',
  },
  knockgate_attempts_total: {
    type: 'counter',
    help: 'What became of attempts: each step counts.',
    labels: ['door', 'outcome'],
    aggregator: 'sum',
  },
  knockgate_attempts_open: {
    type: 'gauge',
    help: 'Attempts under way: those that have made one knock (first), and those further on (advanced).',
    labels: ['kind'],
    aggregator: 'sum',
  },
  knockgate_shared_attempts_open: {
    type: 'gauge',
    help: 'The same, of attempts that the listeners keep in Redis together (attempts: shared).',
    labels: ['kind'],
    aggregator: 'max',
  },
  knockgate_packets_seen_total: {
    type: 'counter',
    help: 'Packets that the kernel has let through to the listener.',
    aggregator: 'sum',
  },
  knockgate_packets_dropped_total: {
    type: 'counter',
    help: 'Packets lost because the receive buffer of the listener was full.',
    aggregator: 'sum',
  },
  knockgate_packets_untold_total: {
    type: 'counter',
    help: 'Packets that could not be told to Redis (attempts: shared): too many, or Redis was away.',
    aggregator: 'sum',
  },
  knockgate_time_to_open_seconds: {
    type: 'histogram',
    help: 'From when the last knock was heard until the grant was written.',
    aggregator: 'sum',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
  },
  knockgate_gate_decisions_total: {
    type: 'counter',
    help: 'Decisions of the gate, at accept and at each request.',
    labels: ['door', 'decision'],
    aggregator: 'sum',
  },
  knockgate_connections_open: {
    type: 'gauge',
    help: 'Connections that are let in and open.',
    labels: ['door'],
    aggregator: 'sum',
  },
  knockgate_connections_total: {
    type: 'counter',
    help: 'Connections that were let in.',
    labels: ['door'],
    aggregator: 'sum',
  },
  knockgate_bytes_total: {
    type: 'counter',
    help: 'Bytes of those connections, from clients (in) and to them (out).',
    labels: ['door', 'direction'],
    aggregator: 'sum',
  },
  knockgate_event_loop_delay_seconds: {
    type: 'gauge',
    help: 'By how much 99 of 100 turns of the event loop were late at most, since the last report.',
    aggregator: 'max',
  },
  process_resident_memory_bytes: {
    type: 'gauge',
    help: 'Resident memory, the workers included.',
    aggregator: 'sum',
  },
  nodejs_heap_size_used_bytes: {
    type: 'gauge',
    help: 'Of the JavaScript heap, what is in use or not collected yet, the workers included.',
    aggregator: 'sum',
  },
  nodejs_external_memory_bytes: {
    type: 'gauge',
    help: 'Memory outside the JavaScript heap that its objects hold, the workers included.',
    aggregator: 'sum',
  },
  nodejs_eventloop_lag_p50_seconds: {
    type: 'gauge',
    help: 'By how much half of the turns of the event loop were late at most, since the last report.',
    aggregator: 'max',
  },
  nodejs_eventloop_lag_max_seconds: {
    type: 'gauge',
    help: 'By how much the latest turn of the event loop was late, since the last report.',
    aggregator: 'max',
  },
  knockgate_console_streams: {
    type: 'gauge',
    help: 'Event streams that consoles have open.',
    aggregator: 'sum',
  },
  knockgate_console_refused_total: {
    type: 'counter',
    help: 'Wrong tokens that consoles were given.',
    aggregator: 'sum',
  },
  knockgate_ready: {
    type: 'gauge',
    help: 'Whether whoever knocks now is let in, as far as the consoles can tell.',
    aggregator: 'min',
  },
  knockgate_store_up: { type: 'gauge', help: 'Whether the store answers.', aggregator: 'min' },
  knockgate_healthy: { type: 'gauge', help: 'Whether each part of the process is well.', aggregator: 'min' },
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof METRICS;
