import type { LogLevel } from './event-log.js';

/** Who and where: most events concern one source at one door. */
interface At {
  readonly ip: string;
  readonly door: string;
}

/**
 * Everything that is ever logged, each name once. The names of the first group are also those of the audit trail in
 * Redis. SECURITY: no field may hold a port of a sequence, a credential or a token.
 */
export type Event =
  | ({ readonly event: 'stage'; readonly stage: number; readonly of: number } & At)
  | ({ readonly event: 'opened'; readonly seconds: number; readonly method: string } & At)
  | ({ readonly event: 'extended'; readonly seconds: number; readonly method: string } & At)
  | ({ readonly event: 'expired'; readonly connections: number } & At)
  | ({ readonly event: 'revoked'; readonly connections: number } & At)
  // the listener's
  | ({ readonly event: 'voided'; readonly stage: number } & At)
  | ({ readonly event: 'sequence_timeout'; readonly stage: number } & At)
  | ({ readonly event: 'grant_failed'; readonly reason: string } & At)
  | {
      readonly event: 'replicas_behind';
      /** `grant`, `revocation` or `used sequence`. */
      readonly what: string;
      readonly door: string;
      readonly ip?: string;
      readonly replicas: number;
      readonly wanted: number;
    }
  | ({ readonly event: 'bridge_refused' } & At)
  | ({
      readonly event: 'command';
      readonly command: 'start' | 'stop';
      /** `ok`, or what went wrong. */
      readonly result: string;
      readonly ms: number;
      readonly output: string;
    } & At)
  | ({ readonly event: 'command_journal_failed'; readonly reason: string } & At)
  | ({ readonly event: 'sequence_used' } & At)
  | ({ readonly event: 'sequence_file_failed'; readonly reason: string } & At)
  | { readonly event: 'sequences_exhausted'; readonly door: string }
  | { readonly event: 'stages_suppressed'; readonly count: number }
  | { readonly event: 'bridge_gateway'; readonly ip: string }
  | { readonly event: 'packets_dropped'; readonly count: number }
  /** `all`: of any source. */
  | { readonly event: 'packets_untold'; readonly count: number; readonly all: boolean }
  | { readonly event: 'attempts_unkept'; readonly reason: string }
  | { readonly event: 'receive_buffer'; readonly bytes: number; readonly wanted: number }
  | { readonly event: 'capture_slow'; readonly reason: string }
  | { readonly event: 'hearing'; readonly sockets: string; readonly capture: string; readonly because?: string }
  | { readonly event: 'capture_unsure'; readonly reason: string }
  | { readonly event: 'firewall_deafens' }
  | { readonly event: 'deaf'; readonly reason: string }
  | { readonly event: 'hearing_again' }
  | { readonly event: 'capture_failed'; readonly reason: string }
  | { readonly event: 'control_unavailable'; readonly reason: string }
  // the gateway's
  | { readonly event: 'door_listening'; readonly door: string; readonly address: string; readonly mode: string }
  | { readonly event: 'door_hidden'; readonly door: string; readonly hide: string; readonly because: string }
  | ({ readonly event: 'kernel_full'; readonly reason: string } & At)
  | { readonly event: 'port_hidden'; readonly port: number; readonly door: string }
  | { readonly event: 'port_shown'; readonly port: number }
  | { readonly event: 'rights_given_up'; readonly user: string; readonly kept: string }
  | { readonly event: 'rights_kept'; readonly because: string }
  | { readonly event: 'address_unavailable'; readonly door: string; readonly address: string; readonly reason: string }
  | ({ readonly event: 'connection'; readonly open: number } & At)
  | ({ readonly event: 'denied' } & At)
  | ({ readonly event: 'connection_limit'; readonly limit: string } & At)
  | ({ readonly event: 'client_unnamed'; readonly reason: string } & At)
  | ({
      readonly event: 'request';
      readonly method: string;
      readonly path: string;
      readonly status: number;
      readonly bytes: number;
      readonly ms: number;
    } & At)
  | ({ readonly event: 'close_failed'; readonly reason: string } & At)
  | { readonly event: 'upstream_failed'; readonly door: string; readonly reason: string; readonly status: number }
  | { readonly event: 'worker_started'; readonly pid: number }
  | { readonly event: 'worker_ended'; readonly pid: number; readonly reason: string }
  | { readonly event: 'grant_without_ttl'; readonly door: string; readonly ip: string }
  // the console's
  | { readonly event: 'console_listening'; readonly address: string }
  | { readonly event: 'console_unavailable'; readonly reason: string }
  | { readonly event: 'console_refused'; readonly left_out: number }
  // all
  | { readonly event: 'ready'; readonly roles: string; readonly doors: number }
  | { readonly event: 'store_unreachable'; readonly reason: string }
  | { readonly event: 'store_ready' }
  | { readonly event: 'report_failed'; readonly reason: string }
  | { readonly event: 'store_stale'; readonly seconds: number; readonly connections: number }
  | { readonly event: 'changes_unheard'; readonly reason: string }
  | { readonly event: 'audit_failed'; readonly reason: string }
  | { readonly event: 'log_file_failed'; readonly file: string; readonly reason: string }
  | { readonly event: 'log_lines_lost'; readonly count: number; readonly reason: string }
  | { readonly event: 'crashed'; readonly reason: string }
  | { readonly event: 'config_reloaded'; readonly doors: number }
  | { readonly event: 'config_refused'; readonly faults: number }
  | { readonly event: 'config_fault'; readonly fault: string }
  | { readonly event: 'config_warning'; readonly warning: string }
  | { readonly event: 'gauges'; readonly process: string; readonly [gauge: string]: number | string }
  | { readonly event: 'stopping'; readonly signal: string }
  | { readonly event: 'framework'; readonly severity: LogLevel; readonly text: string };

/** The level and the text of an event, in knockd's wording wherever knockd has one. */
export function describe(event: Event): { readonly level: LogLevel; readonly msg: string } {
  switch (event.event) {
    case 'stage':
      return info(`${event.ip}: ${event.door}: Stage ${event.stage}`);
    case 'opened':
      return info(`${event.ip}: ${event.door}: OPEN SESAME`);
    case 'extended':
      return info(`${event.ip}: ${event.door}: OPEN SESAME (extended, ${event.seconds} s)`);
    case 'expired':
      return info(`${event.ip}: ${event.door}: command timeout`);
    case 'revoked':
      return info(`${event.ip}: ${event.door}: revoked`);
    case 'voided':
      return info(`${event.ip}: ${event.door}: wrong port, attempt voided (stage ${event.stage})`);
    case 'sequence_timeout':
      return info(`${event.ip}: ${event.door}: sequence timeout (stage ${event.stage})`);
    case 'grant_failed':
      return error(`${event.ip}: ${event.door}: knocked, but the grant could not be written: ${event.reason}`);
    case 'replicas_behind':
      return warn(
        `${event.ip === undefined ? '' : `${event.ip}: `}${event.door}: ${event.what}: ${event.replicas} of ${plural(event.wanted, 'replica')} ` +
          'confirmed it within a second; it counts, but a failover now may lose it',
      );
    case 'bridge_refused':
      return warn(
        `${event.ip}: ${event.door}: knocked, but this is the address of a container bridge: nothing granted`,
      );
    case 'command':
      return event.result === 'ok'
        ? info(`${event.ip}: ${event.door}: ${event.command} command done (${event.ms} ms)`)
        : error(`${event.ip}: ${event.door}: ${event.command}: ${event.result}`);
    case 'command_journal_failed':
      return error(`${event.ip}: ${event.door}: the journal of commands cannot be written: ${event.reason}`);
    case 'sequence_used':
      return warn(`${event.ip}: ${event.door}: knocked a one-time sequence that was used before: nothing granted`);
    case 'sequence_file_failed':
      return error(
        `${event.ip}: ${event.door}: knocked, but the used sequence cannot be disabled in its file: ${event.reason}; nothing granted`,
      );
    case 'sequences_exhausted':
      return warn(`${event.door}: no more sequences left in the one time sequences file: the door stays shut`);
    case 'stages_suppressed':
      return warn(`${event.count} more stage, void and timeout lines left out: too many attempts a second to log each`);
    case 'bridge_gateway':
      return warn(
        `on a container's bridge network every client may look like ${event.ip}; that address is granted nothing. Use the host's network (network_mode: host)`,
      );
    case 'packets_dropped':
      return warn(`${event.count} packets lost: the listener's receive buffer was full`);
    case 'packets_untold':
      return warn(
        `${event.count} packets could not be told to Redis (attempts: shared): ${event.all ? 'all attempts are void' : 'the attempts of their sources are void'}`,
      );
    case 'attempts_unkept':
      return error(`attempts cannot be kept in Redis: ${event.reason}; until they are, no knock opens`);
    case 'receive_buffer':
      return warn(
        `receive buffer is ${event.bytes} bytes, wanted ${event.wanted}: bursts may be lost; raise net.core.rmem_max`,
      );
    case 'capture_slow':
      return warn(
        `no ring for packets in shared memory (${event.reason}): each costs a system call, and a flood may lose knocks`,
      );
    case 'hearing':
      return info(
        `starting up, listening on ${event.sockets} (capture: ${event.capture}${event.because === undefined ? '' : `, ${event.because}`})`,
      );
    case 'capture_unsure':
      return warn(
        `could not look whether the firewall drops knocks (${event.reason}): if it does, capture: raw hears none of them; capture: packet hears them in any case`,
      );
    case 'firewall_deafens':
      return warn(
        'the INPUT chain drops knock ports, and capture: raw hears only what it lets in: write capture: packet (or auto)',
      );
    case 'deaf':
      return error(`deaf: ${event.reason}; no knock is heard until it is back`);
    case 'hearing_again':
      return info('hearing again');
    case 'capture_failed':
      return error(`capture failed: ${event.reason}`);
    case 'control_unavailable':
      return warn(
        `no control socket: ${event.reason}; \`knockgate why\` cannot ask this process. Name a folder that it may write to (control: FOLDER), or write control: off`,
      );
    case 'door_listening':
      return info(`${event.door}: listening on ${event.address} (${event.mode})`);
    case 'door_hidden':
      return info(`${event.door}: hide: ${event.hide}: ${event.because}`);
    case 'kernel_full':
      return error(
        `${event.ip}: ${event.door}: granted, but the kernel's map of grants takes no more (${event.reason}): the port stays hidden from it; raise limits.grants`,
      );
    case 'port_hidden':
      return info(`${event.door}: port ${event.port} is hidden; grants at this door open it`);
    case 'port_shown':
      return warn(`port ${event.port} is hidden no more: somebody took that back`);
    case 'rights_given_up':
      return info(`rights given up: running as ${event.user}${event.kept === '' ? '' : `, with ${event.kept} alone`}`);
    case 'rights_kept':
      return warn(`rights kept: ${event.because}`);
    case 'address_unavailable':
      return warn(`${event.door}: not listening on ${event.address}: ${event.reason}`);
    case 'connection':
      return debug(`${event.ip}: ${event.door}: connection (${event.open} open)`);
    case 'denied':
      return debug(`${event.ip}: ${event.door}: denied, no grant`);
    case 'connection_limit':
      return warn(`${event.ip}: ${event.door}: connection refused: ${event.limit}`);
    case 'client_unnamed':
      return warn(`${event.ip}: ${event.door}: a trusted proxy that names no client: ${event.reason}; reset`);
    case 'request':
      return info(`${event.ip}: ${event.door}: ${event.method} ${event.path} ${event.status}`);
    case 'close_failed':
      return error(
        `${event.ip}: ${event.door}: asked to close the door, but the grant could not be ended: ${event.reason}`,
      );
    case 'upstream_failed':
      return warn(`${event.door}: upstream: ${event.reason} (${event.status})`);
    case 'worker_started':
      return info(`worker ${event.pid} started`);
    case 'worker_ended':
      return error(`worker ${event.pid} ended: ${event.reason}; another takes its place`);
    case 'grant_without_ttl':
      return warn(`${event.ip}: ${event.door}: the key has no TTL, so it is no grant; EXPIRE it`);
    case 'console_listening':
      return info(`console: listening on ${event.address}`);
    case 'console_unavailable':
      return warn(`no console: ${event.reason}; console: off in the config does without one`);
    case 'console_refused':
      return warn(
        `console: a wrong token${event.left_out === 0 ? '' : ` (and ${event.left_out} more since the last such line)`}`,
      );
    case 'ready':
      return info(`ready: ${event.roles}, ${plural(event.doors, 'door')}`);
    case 'store_unreachable':
      return warn(`store unreachable: ${event.reason}; nothing new opens, retrying`);
    case 'store_ready':
      return info('store ready');
    case 'report_failed':
      return warn(
        `the store answers, but takes no report of this process: ${event.reason}; status knows nothing of it`,
      );
    case 'store_stale':
      return error(`no word from the store for ${event.seconds} s: everything is shut`);
    case 'changes_unheard':
      return error(`the store answers, but not with its changes: ${event.reason}; nothing opens, retrying`);
    case 'audit_failed':
      return warn(`audit trail: ${event.reason}`);
    case 'log_file_failed':
      return error(`${event.file}: the log cannot be written there: ${event.reason}`);
    case 'log_lines_lost':
      return warn(`${plural(event.count, 'line')} of this log lost: ${event.reason}`);
    case 'crashed':
      return error(`crashed, so that every door is shut: ${event.reason}`);
    case 'config_reloaded':
      return info(`config re-read: ${plural(event.doors, 'door')}`);
    case 'config_refused':
      return error(`config refused, the old one stays in force: ${plural(event.faults, 'fault')}`);
    case 'config_fault':
      return error(event.fault);
    case 'config_warning':
      return warn(event.warning);
    case 'gauges':
      return debug(`${event.process}: gauges`);
    case 'stopping':
      return info(`${event.signal}: stopping`);
    case 'framework':
      return { level: event.severity, msg: event.text };
    default: {
      const exhaustive: never = event;
      return exhaustive;
    }
  }
}

const debug = (msg: string) => ({ level: 'debug', msg }) as const;
const info = (msg: string) => ({ level: 'info', msg }) as const;
const warn = (msg: string) => ({ level: 'warn', msg }) as const;
const error = (msg: string) => ({ level: 'error', msg }) as const;
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
