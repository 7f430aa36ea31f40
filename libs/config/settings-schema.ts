import { z } from 'zod';
import { doorSchema } from './door-schema.js';
import { CONSOLE_ADDRESS, parseConsoleListen } from './parse-console-listen.js';
import { parseInterfaces } from './parse-interfaces.js';
import { parsePorts } from './parse-ports.js';
import { parseWorkers, WORKERS_FORM } from './parse-workers.js';
import { ok } from './parsed.js';
import { reading } from './reading.js';
import { storeKeys, storeSchema } from './store-schema.js';
import { count, duration, filePath, oneOf, optionalCount, ports } from './value-schemas.js';

const ignorePorts = reading(ports('write a list of ports, like [22, 80, 443]'), parsePorts);

const USER = { error: 'write the name of a user, or UID:GID' } as const;

const CONTROL = { error: 'write the path of a folder, or off' } as const;
const CONSOLE_FORM = 'write it as { listen: 127.0.0.1:4080, token_file: ./console.token }, or off';

const CONSOLE_LISTEN = `${CONSOLE_ADDRESS.host}:${CONSOLE_ADDRESS.port}`;

const consoleSchema = z.strictObject(
  {
    listen: reading(z.union([z.string(), z.number()], { error: 'write 127.0.0.1:PORT' }), parseConsoleListen)
      .prefault(CONSOLE_LISTEN)
      .meta({ description: 'Loopback address of the console; a port alone means 127.0.0.1.' }),
    token_file: filePath.optional().meta({
      description:
        'File with the token that the console asks for, made at its first start. Relative to the folder of this file. ' +
        'Default: console.token in $STATE_DIRECTORY, or in /var/lib/knockgate.',
    }),
  },
  { error: CONSOLE_FORM },
);

const limitsSchema = z.strictObject(
  {
    attempts: optionalCount(
      'First knocks remembered at once, of each door. Default: 1000000; with `attempts: shared` 100000, which take 20 MB of Redis.',
    ),
    advanced_attempts: count(65_536, 'Attempts past their first knock remembered at once, of each door.'),
    journal: count(65_536, 'Packets remembered for `knockgate why`; half of them are for sources that are knocking.'),
    grants: count(131_072, 'Live grants that the kernel holds, over all doors that it hides.'),
    connections: count(10_000, 'Open connections of a door, in each worker.'),
    connections_per_ip: count(256, 'Open connections of one IP at a door, in each worker.'),
    events: count(10_000, "Entries kept in a door's event stream."),
    commands: count(16, 'Commands of the doors that run at once; others wait for their turn.'),
    command_time: duration
      .prefault('30s')
      .meta({ description: 'How long a command may run; then it is ended. Seconds, or 500ms, 30s, 2m.' }),
    header_timeout: duration.prefault('10s').meta({
      description:
        "How long a client may take to send a request's headers, a trusted proxy its PROXY header. Seconds, or 500ms, 10s, 2m.",
    }),
    idle_timeout: duration
      .prefault('75s')
      .meta({ description: 'How long a keep-alive connection may idle. Seconds, or 500ms, 75s, 2m.' }),
  },
  { error: 'write its keys below it, indented, like attempts: 1000000' },
);

/** The top of knockgate.yaml. Everything in it has a default except the doors, which knockd.conf may have instead. */
export const settingsSchema = z.strictObject(
  {
    store: storeSchema.prefault('memory').meta({
      description:
        'Where grants are kept: redis://HOST:PORT, rediss://HOST:PORT (TLS), or memory (one process only); or a map, for ' +
        'Redis Sentinel, Redis Cluster and files with credentials. REDIS_URL, or the file that REDIS_URL_FILE names, ' +
        'overrides it.',
    }),
    store_max_stale: duration.prefault('10s').meta({
      description: 'How long open doors stay open without the store; then everything is shut. Seconds, or 500ms, 10s.',
    }),
    capture: oneOf('auto', 'raw', 'packet')
      .prefault('auto')
      .meta({
        description:
          'How knocks are heard. raw: an IP raw socket. packet: AF_PACKET, which also hears what a firewall drops. ' +
          "auto: raw, unless this host's firewall would make it deaf.",
      }),
    attempts: oneOf('local', 'shared')
      .prefault('local')
      .meta({
        description:
          'Who keeps the attempts. local: each listener its own, so it must hear all packets of a knock. shared: the listeners on ' +
          'one Redis together, in Redis, for ECMP or anycast, which may send each packet of a knock to another listener.',
      }),
    interface: reading(
      z.union([z.string(), z.array(z.string())], {
        error: 'write the name of a network interface, or a list of these',
      }),
      parseInterfaces,
    )
      .prefault([])
      .meta({ description: 'The network interface, or interfaces, on which knocks are heard. Default: all.' }),
    ignore_ports: ignorePorts.prefault([22, 80, 443]).meta({
      description:
        'Ports at which a packet never voids an attempt: a browser tab that retries must not spoil a knock. ' +
        'A port of a sequence always counts at its own door.',
    }),
    run_commands: z.boolean({ error: 'write true or false' }).prefault(false).meta({
      description: 'Whether the start_command and stop_command of the doors are run.',
    }),
    user: reading(z.union([z.string().min(1, USER), z.int(USER).nonnegative(USER)], USER), (user) => ok(String(user)))
      .prefault('nobody')
      .meta({
        description:
          'Who the gateway becomes once it has what it needs, if it is started as root: a name, or UID:GID. ' +
          'root: it stays root, and only its main thread gives up its capabilities.',
      }),
    workers: reading(z.union([z.string(), z.number()], { error: WORKERS_FORM }), parseWorkers)
      .prefault(1)
      .meta({
        description:
          'How many processes serve the doors, 1 to 256; auto: one for each core. One is all of the gateway in one process. ' +
          'More need Linux.',
      }),
    console: z
      .union([consoleSchema, z.literal(['off', false])], { error: CONSOLE_FORM })
      .optional()
      .meta({
        description:
          "The operator's console: API, metrics, page. Loopback only. off (or false): `up` runs none. Without this key " +
          `\`up\` runs it at ${CONSOLE_LISTEN}, where it can.`,
      }),
    control: z
      .union([z.string().min(1, CONTROL), z.literal(false)], CONTROL)
      .prefault('/run/knockgate')
      .meta({
        description:
          "Folder of the listener's socket, which `knockgate why` asks: UID/listener-PID.sock, for its own user and root " +
          'alone. off (or false): there is none. Relative to the folder of this file.',
      }),
    health_file: filePath.optional().meta({
      description:
        'File touched every second while the process is healthy, for container health checks. ' +
        'Relative to the folder of this file.',
    }),
    log_level: oneOf('debug', 'info', 'warn', 'error').prefault('info').meta({
      description: 'The least important lines that are logged. KNOCKGATE_LOG_LEVEL overrides it.',
    }),
    usesyslog: z
      .boolean({ error: 'write true or false' })
      .prefault(false)
      .meta({ description: 'Whether the log goes to syslog too.' }),
    logfile: filePath.optional().meta({
      description:
        'File to which the log goes too, opened again on SIGHUP (logrotate). Relative to the folder of this file.',
    }),
    pidfile: filePath.optional().meta({
      description: "File with the listener's process id while it runs. Relative to the folder of this file.",
    }),
    limits: limitsSchema.prefault({}).meta({ description: 'Bounds on everything that strangers can fill.' }),
    doors: z
      .record(z.string(), doorSchema, { error: 'write the doors below it, indented, each by its name' })
      .optional()
      .meta({
        description:
          'The doors by name. A name has 1 to 64 printable characters, without { } [ ] : and without a space at either end.',
      }),
  },
  { error: 'write keys and values, like doors: and store:' },
);

/** The keys of the map at a path of the document; none where no map belongs. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  const [top] = path;
  if (path.length === 0) return Object.keys(settingsSchema.shape);
  if (top === 'doors' && path.length === 2) return Object.keys(doorSchema.shape);
  if (top === 'store' && path.length <= 2) return storeKeys(path[1] as string | undefined);
  if (top === 'console' && path.length === 1) return Object.keys(consoleSchema.shape);
  return top === 'limits' && path.length === 1 ? Object.keys(limitsSchema.shape) : [];
}
