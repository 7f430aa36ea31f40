import { isLoopback, parseAddress } from '#address';
import type { RedisReport } from '#grants';
import { type Finding, findingsOn } from './finding.js';
import { redisCli } from './redis-cli.js';
import { shellWord } from './shell-word.js';

const { ok, warning, fault, skipped } = findingsOn('redis');

/** CLIENT TRACKING … BCAST (6.0), by which a gateway hears of each change; SMISMEMBER (6.2), for one-time sequences. */
const MINIMUM = { any: [6, 0], oneTime: [6, 2] } as const;
/** From here on protected mode keeps other hosts out whatever `bind` says (Redis 7.0's release notes). */
const PROTECTS_ALWAYS = [7, 0] as const;
const NEARLY_FULL = 0.9;
/** Of which a person reading two logs would not take notice. */
const CLOCKS_APART_MS = 2000;

/** What the config asks of a Redis. */
export interface RedisUse {
  readonly url: string;
  /** Alone, or with others that may take its place. */
  readonly kind: 'redis' | 'sentinel' | 'cluster';
  /** How many replicas are to confirm what is written. */
  readonly waitReplicas: number;
  /** Some door has one-time sequences. */
  readonly oneTime: boolean;
}

/** What a Redis's report means for grants. */
export function judgeRedis(report: RedisReport, use: RedisUse): Finding[] {
  const { info, config } = report;
  if (info['redis_version'] === undefined) {
    return [skipped('INFO is refused: version, memory and persistence cannot be seen'), ...rights(report, use)];
  }
  return [
    version(info, use),
    ...rights(report, use),
    ...writable(info, config, use),
    ...replication(report, use),
    eviction(info, use),
    persistence(info, config, use),
    protection(report, use),
    clock(report),
  ];
}

type Fields = Readonly<Record<string, string>>;

function version(info: Fields, { oneTime }: RedisUse): Finding {
  const found = info['redis_version']!;
  const least = oneTime ? MINIMUM.oneTime : MINIMUM.any;
  if (atLeast(found, least)) return ok(`version ${found}`);
  const what = `version ${found}: ${least.join('.')} or newer is needed, to hear of each change`;
  return fault(what, 'sudo apt-get install redis-server # or another way to a newer one');
}

function rights({ denied, unfollowed }: RedisReport, { url, kind }: RedisUse): Finding[] {
  const user = decodeURIComponent(new URL(url).username) || 'default';
  const rules = kind === 'cluster' ? [...ACL_RULES, "'+cluster|slots'"] : ACL_RULES;
  const cure = redisCli(withoutUser(url), 'ACL', 'SETUSER', shellWord(user), ...rules, '# as its administrator');
  const follows =
    unfollowed === undefined
      ? ok('tells of each change (CLIENT TRACKING)')
      : fault(
          `grants cannot be followed: ${unfollowed}`,
          unfollowed.includes('NOPERM') ? cure : redisCli(url, 'PING', '# its log says why'),
        );
  if (denied === undefined) return [follows, skipped('which commands its user may run only Redis 7 tells')];
  if (denied.length === 0) return [follows, ok('its user may run every command that is needed')];
  return [follows, fault(`user ${user} may not run ${denied.join(', ')} on the keys of grants`, cure)];
}

/** All that listener, gateway and commands need (redis.io, ACL). */
const ACL_RULES = [
  "'~knockgate:*'",
  "'&__redis__:invalidate'",
  '+@connection',
  '+@read',
  '+@write',
  '+@scripting',
  '+subscribe',
  '+unsubscribe',
  '+info',
  '+time',
];

/** A user who may not do enough may not give himself more. */
function withoutUser(url: string): string {
  const bare = new URL(url);
  bare.username = bare.password = '';
  return bare.href;
}

/** Whether it takes a write now. */
function writable(info: Fields, config: Fields | undefined, { url, kind }: RedisUse): Finding[] {
  const found: Finding[] = [];
  if (info['role'] === 'slave') {
    found.push(
      fault('it is a replica: no grant can be written', redisCli(url, 'INFO', 'replication', '# name its master_host')),
    );
  }
  if (info['cluster_enabled'] === '1' && kind !== 'cluster') {
    const cure = `${redisCli(url, 'CLUSTER', 'NODES')} # write these as store: { cluster: [HOST:PORT, ...] }`;
    found.push(fault('it is part of a cluster, of which store names one node alone', cure));
  }
  const stops = config?.['stop-writes-on-bgsave-error'] !== 'no';
  if (info['rdb_last_bgsave_status'] === 'err' && stops) {
    found.push(
      fault(
        'its last snapshot failed, and until one succeeds it refuses every write',
        redisCli(url, 'BGSAVE', '# its log says why'),
      ),
    );
  }
  if (info['aof_enabled'] === '1' && info['aof_last_write_status'] === 'err') {
    found.push(
      fault(
        'its last write to the AOF failed, and it refuses every write',
        redisCli(url, 'INFO', 'persistence', '# its log says why'),
      ),
    );
  }
  return found;
}

/** Whether another one could take its place, with what was written here (docs/redis-high-availability.md). */
function replication({ info, config }: RedisReport, { url, kind, waitReplicas }: RedisUse): Finding[] {
  const replicas = Number(info['connected_slaves'] ?? 0);
  const found: Finding[] = [];
  if (waitReplicas > replicas) {
    const what = `wait_replicas: ${waitReplicas}, but it has ${replicas}: no grant is ever confirmed, and each takes a second`;
    found.push(fault(what, redisCli(url, 'INFO', 'replication', '# or lower wait_replicas')));
  }
  if (kind === 'redis') return found;
  if (replicas === 0) {
    const what = 'has no replica: when it is lost, nobody takes its place';
    return [
      ...found,
      warning(what, redisCli(url, 'INFO', 'replication', '# and on another: REPLICAOF, or CLUSTER REPLICATE')),
    ];
  }
  if (replicas > 1 && config?.['min-replicas-to-write'] === '0') {
    const what = 'min-replicas-to-write 0: cut off from the others it would go on taking grants, which are lost later';
    found.push(warning(what, redisCli(url, 'CONFIG', 'SET', 'min-replicas-to-write', '1')));
  }
  return found.length > 0 ? found : [ok(`has ${replicas} ${replicas === 1 ? 'replica' : 'replicas'}`)];
}

/** SECURITY: a grant that is evicted is a door shut in somebody's face; a `claimed` set, a one-time sequence that works again. */
function eviction(info: Fields, { url }: RedisUse): Finding {
  const policy = info['maxmemory_policy'] ?? 'unknown';
  const limit = Number(info['maxmemory'] ?? 0);
  if (policy !== 'noeviction') {
    const cure = redisCli(url, 'CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    if (limit > 0) return fault(`maxmemory-policy ${policy} may evict grants when memory is full`, cure);
    return warning(`maxmemory-policy ${policy} may evict grants, once maxmemory is set`, cure);
  }
  const used = Number(info['used_memory'] ?? 0);
  if (limit === 0 || used < NEARLY_FULL * limit) return ok('evicts no grant (maxmemory-policy noeviction)');
  const what = `memory is nearly full (${used} of ${limit} bytes): then no door opens any more`;
  return warning(what, redisCli(url, 'CONFIG', 'SET', 'maxmemory', String(2 * limit)));
}

function persistence(info: Fields, config: Fields | undefined, { url, oneTime }: RedisUse): Finding {
  const cure = redisCli(url, 'CONFIG', 'SET', 'appendonly', 'yes');
  if (info['aof_enabled'] === '1') return ok('keeps grants over a restart (AOF)');
  if (config === undefined) return skipped('no AOF, and whether it takes snapshots cannot be seen (CONFIG is refused)');
  const snapshots = (config['save'] ?? '') !== '';
  if (oneTime) {
    const what = snapshots ? 'with snapshots alone a crash' : 'without AOF or snapshots a restart';
    const told = `${what} forgets which one-time sequences were used, and other listeners would take them again`;
    return snapshots ? warning(told, cure) : fault(told, cure);
  }
  if (snapshots) return ok('keeps grants over a restart, those of the last minutes perhaps not (snapshots, no AOF)');
  return warning('keeps nothing on disk: its restart shuts every door and loses the audit trail', cure);
}

/** Whoever may write to it opens doors. */
function protection({ open, config, info }: RedisReport, { url }: RedisUse): Finding {
  if (!open) return ok('wants a password');
  const { hostname } = new URL(url);
  const host = hostname.replace(/^\[|\]$/gu, '');
  const cure = redisCli(
    url,
    'CONFIG',
    'SET',
    'bind',
    "'127.0.0.1 -::1'",
    '# or requirepass, and the password in REDIS_URL',
  );
  if (!isLocal(host)) {
    return warning(
      `wants no password: whoever reaches ${host} can open every door`,
      redisCli(url, 'CONFIG', 'SET', 'requirepass', '"$(openssl rand -hex 32)"', '# then write it into REDIS_URL'),
    );
  }
  if (config === undefined)
    return skipped('wants no password, and where it listens cannot be seen (CONFIG is refused)');
  const bind = config['bind'] ?? '';
  if (bind !== '' && bind.split(' ').every((one) => isLocal(one.replace(/^-/u, '')))) {
    return ok('wants no password, and listens on loopback alone');
  }
  if (config['protected-mode'] === 'yes' && atLeast(info['redis_version']!, PROTECTS_ALWAYS)) {
    return ok('wants no password, but takes no other host (protected-mode)');
  }
  return fault('wants no password and listens to the world: whoever reaches it can open every door', cure);
}

function clock({ clockAheadMs }: RedisReport): Finding {
  const seconds = (Math.abs(clockAheadMs) / 1000).toFixed(1);
  if (Math.abs(clockAheadMs) < CLOCKS_APART_MS) return ok("its clock and this host's agree");
  const what = `its clock is ${seconds} s ${clockAheadMs > 0 ? 'ahead of' : 'behind'} this host's: grants do not mind, but logs and the audit trail do not fit together`;
  return warning(what, 'timedatectl # here and there: which of the two is wrong?');
}

function isLocal(host: string): boolean {
  const address = parseAddress(host);
  return host === 'localhost' || (address !== undefined && isLoopback(address));
}

function atLeast(found: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = found.split('.').map(Number);
  return a > major || (a === major && b >= minor);
}
