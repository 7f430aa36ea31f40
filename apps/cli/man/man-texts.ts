/** What the manual says beyond its commands. */
export const DESCRIPTION = [
  'A listener hears a secret sequence of port knocks, as knockd(1) does, and writes a grant for the source address, with a TTL, to Redis. A gateway in front of the hidden service lets through only what comes from an address with a live grant, and cuts live connections when the grant ends.',
  'A door is a named secret and what it opens: a sequence of ports, the time for it, the time that a grant lasts, the public addresses, and the service behind them.',
];

/** Name and what it does. */
export const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['KNOCKGATE_CONFIG', 'The config file, where --config names none.'],
  ['REDIS_URL', "The store, in place of the config's: redis://HOST:PORT, with :PASSWORD@ before the host if need be."],
  ['REDIS_URL_FILE', 'A file that holds that URL, for a secret that is mounted.'],
  ['KNOCKGATE_LOG_LEVEL', "debug, info, warn or error, in place of the config's log level."],
  ['NO_COLOR', 'If set, nothing is coloured.'],
];

export const FILES: readonly (readonly [string, string])[] = [
  ['./knockgate.yaml', 'The config, where neither --config nor KNOCKGATE_CONFIG names one,'],
  ['/etc/knockgate/knockgate.yaml', 'or else this one.'],
  ['/etc/knockd.conf', "knockd's config, which --knockd-conf takes as it is, and import turns into a knockgate.yaml."],
  [
    '/run/knockgate/UID',
    'Sockets of the listeners that run as that user, for why. control: in the config names another folder.',
  ],
  [
    '/var/lib/knockgate',
    "The journal of commands that run_commands has started, and the console's token; $STATE_DIRECTORY in its place.",
  ],
];

export const EXIT_STATUS: readonly (readonly [string, string])[] = [
  ['0', 'What was asked for is done.'],
  ['1', 'It failed.'],
  ['2', 'The command line or the config is wrong; every fault is told, as FILE:LINE: what; what instead.'],
];

/** What each does, and the commands. */
export const EXAMPLES: readonly (readonly [string, readonly string[]])[] = [
  [
    'Hide a web page behind the sequence of the config, and open it:',
    ['knockgate up', 'knockgate knock example.org --wait http://example.org/'],
  ],
  ['See who is in, and what happens:', ['knockgate status', 'knockgate grants watch', 'knockgate events -f']],
  [
    'Leave knockd behind:',
    ['knockgate import /etc/knockd.conf --upstream http://127.0.0.1:8081 \\', '  > knockgate.yaml', 'knockgate check'],
  ],
];

/** Name and section. */
export const SEE_ALSO: readonly (readonly [string, number])[] = [
  ['knock', 1],
  ['knockd', 1],
  ['nmap', 1],
  ['redis-cli', 1],
  ['nginx', 8],
];
