import type { HostPort } from '#address';
import type { DoorSettings } from './door-settings.js';
import type { ListenAddress } from './listen-address.js';

/** What every Redis is asked with; a URL may say it instead. Texts, not names of files. */
export interface StoreAccess {
  /** ACL user; undefined: the default one. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly sentinelUsername?: string | undefined;
  readonly sentinelPassword?: string | undefined;
  /** PEM. Undefined: no TLS, unless the URL says so; without `ca` the authorities of the system count. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  /** Where those were read. Absolute. */
  readonly tlsFiles?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  /** How many replicas are to have a grant, a revocation or a used sequence before it counts as safe. */
  readonly waitReplicas?: number | undefined;
  /** Where the secrets were read. Absolute. */
  readonly files?: readonly string[] | undefined;
}

export type RedisSettings = StoreAccess &
  (
    | { readonly kind: 'redis'; readonly url: string }
    /** `name`: what the Sentinels call the master. */
    | { readonly kind: 'sentinel'; readonly sentinels: readonly HostPort[]; readonly name: string }
    /** Some of its nodes; they know the others. */
    | { readonly kind: 'cluster'; readonly nodes: readonly HostPort[] }
  );

export type StoreSettings = { readonly kind: 'memory' } | RedisSettings;

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** The bounds on what strangers can make us keep. */
export interface Limits {
  /** First knocks remembered at once, of each door. */
  readonly attempts: number;
  /** Attempts past their first knock. */
  readonly advancedAttempts: number;
  /** Packets remembered for `knockgate why`. */
  readonly journal: number;
  /** Live grants that the kernel holds. */
  readonly grants: number;
  /** Open connections of a door, in each worker. */
  readonly connections: number;
  readonly connectionsPerIp: number;
  /** Entries kept in a door's event stream. */
  readonly events: number;
  /** Start and stop commands that run at once. */
  readonly commands: number;
  readonly commandTimeMs: number;
  readonly headerTimeoutMs: number;
  /** How long a keep-alive connection may idle. */
  readonly idleTimeoutMs: number;
}

export interface ConsoleSettings {
  readonly listen: ListenAddress;
  /** Absolute. */
  readonly tokenFile: string;
  /** The config says so; else these are presets, and it does without where they cannot be had. */
  readonly isNamed: boolean;
}

/** Everything that the config says, checked; nothing in it can be wrong except the world around it. */
export interface Settings {
  /** The files it came from, as the operator named them. */
  readonly files: readonly string[];
  readonly store: StoreSettings;
  /** How long open doors stay open without news from the store. */
  readonly storeMaxStaleMs: number;
  readonly capture: 'auto' | 'raw' | 'packet';
  /** Whether each listener keeps the attempts that it hears, or all on one store keep them together, which is no memory then. */
  readonly attempts: 'local' | 'shared';
  /** The network interfaces on which knocks are heard; none named: all. */
  readonly interfaces: readonly string[];
  /** Whether the doors' start and stop commands are run. */
  readonly runCommands: boolean;
  /** Ports at which a packet never voids an attempt, except at a door whose sequence has that port. */
  readonly ignorePorts: readonly number[];
  /** Who the gateway becomes if it is started as root: a name, or UID:GID. */
  readonly user: string;
  /** How many processes serve the doors; auto: one for each core. */
  readonly workers: number | 'auto';
  /** Undefined: off. */
  readonly console: ConsoleSettings | undefined;
  /** Absolute. The folder of the listener's socket; undefined: it has none. */
  readonly control: string | undefined;
  /** Absolute. Touched every second while the process is healthy, for container health checks. */
  readonly healthFile: string | undefined;
  readonly limits: Limits;
  readonly logLevel: LogLevel;
  /** Whether the log goes to syslog too. */
  readonly useSyslog: boolean;
  /** Absolute. The log goes there too. */
  readonly logFile: string | undefined;
  /** Absolute. The listener's process id is kept there while it runs. */
  readonly pidFile: string | undefined;
  readonly doors: readonly DoorSettings[];
}
