import { z } from 'zod';
import { ok } from './parsed.js';
import { parseCidrs } from './parse-cidrs.js';
import { parseListen } from './parse-listen.js';
import { parseSequence } from './parse-sequence.js';
import { parseStatus, STATUS_FORM } from './parse-status.js';
import { ANY_FLAGS, parseTcpFlags } from './parse-tcp-flags.js';
import { parseTarget } from './parse-target.js';
import { parseUpstream } from './parse-upstream.js';
import { reading } from './reading.js';
import { command, duration, filePath, oneOf, ports } from './value-schemas.js';

/** What a door has where neither file says otherwise, in the words of knockgate.yaml; seq_ and cmd_timeout are knockd's. */
const PRESETS = {
  tcpflags: 'syn',
  seq_timeout: 25,
  cmd_timeout: 10,
  hide: 'auto',
  on_expiry: 'cut',
  proxy_protocol: 'off',
  trusted_proxies: [],
  upstream_timeout: 60,
  status: 'off',
};

const fieldsSchema = z.strictObject(
  {
    sequence: reading(ports('write the ports in order, separated by commas'), parseSequence).meta({
      description:
        'The secret: the ports to knock at, in order. PORT[:tcp|udp],… or a list; 1 to 64 steps; tcp unless said. ' +
        'Required, unless a knockd.conf says it.',
    }),
    tcpflags: reading(z.string({ error: 'write flags like syn,!ack' }), (text) =>
      text.trim() === 'any' ? ok(ANY_FLAGS) : parseTcpFlags(text),
    ).meta({
      description:
        'Only TCP packets with these flags count: fin, syn, rst, psh, ack, urg, separated by commas; ! excludes one. ' +
        'any: every TCP packet.',
      default: PRESETS.tcpflags,
    }),
    seq_timeout: duration.meta({
      description: 'How long a whole sequence may take. Seconds, or 500ms, 45s, 2m.',
      default: PRESETS.seq_timeout,
    }),
    cmd_timeout: duration.meta({
      description: 'How long the door stays open for who knocked. Seconds, or 59s, 2m, 1h, 1d.',
      default: PRESETS.cmd_timeout,
    }),
    listen: reading(ports('write IP:PORT like 0.0.0.0:80, or a list of these'), parseListen).meta({
      description:
        'The public address: IP:PORT, "[IPv6]:PORT", a port alone (every address, IPv4 and IPv6), or a list of these. ' +
        'Required, unless the start_command of a knockd.conf says the port.',
    }),
    upstream: reading(
      z.string({ error: 'write http://HOST:PORT, https://HOST:PORT, tcp://HOST:PORT or the word sample or none' }),
      parseUpstream,
    ).meta({
      description:
        'What the door hides: http://HOST:PORT, https://HOST:PORT, tcp://HOST:PORT, sample: a small built-in page, ' +
        'or none: another daemon, on the port of listen, which `knockgate hide PORT` hides without a proxy. ' +
        'Required, unless --upstream says it.',
    }),
    mode: oneOf('http', 'tcp').meta({
      description: 'http: requests are proxied. tcp: any TCP service is relayed. Default: what the upstream is.',
    }),
    hide: oneOf('auto', 'closed', 'filtered', 'reset').meta({
      description:
        'What an IP without a grant sees of the port. closed: as if nothing listened. filtered: packets are dropped. ' +
        'reset: accepted and reset at once. auto: the best that this host can do.',
      default: PRESETS.hide,
    }),
    on_expiry: oneOf('cut', 'drain').meta({
      description: 'cut: live connections end with the grant. drain: the current exchange may end.',
      default: PRESETS.on_expiry,
    }),
    proxy_protocol: oneOf('off', 'v1', 'v2').meta({
      description:
        'The PROXY protocol header that tells the upstream who the client is; mode tcp only, as X-Forwarded-For does so ' +
        'in mode http.',
      default: PRESETS.proxy_protocol,
    }),
    trusted_proxies: reading(
      z.union([z.string(), z.array(z.string())], { error: 'write a list of CIDRs, like [10.0.0.0/8]' }),
      parseCidrs,
    ).meta({
      description:
        'CIDRs of the proxies that name the client: by X-Forwarded-For in mode http, by a PROXY protocol header (v1 or ' +
        'v2), which they then have to send, in mode tcp.',
      default: PRESETS.trusted_proxies,
    }),
    upstream_timeout: duration.meta({
      description:
        'How long the upstream may be silent: until it takes a connection, and in mode http until its answer begins; in ' +
        'mode tcp also once one side has sent its last byte. Seconds, or 500ms, 60s, 2m.',
      default: PRESETS.upstream_timeout,
    }),
    status: reading(z.string({ error: STATUS_FORM }), parseStatus).meta({
      description:
        'Where a client with a grant may ask how many seconds are left (GET), and close the door behind itself (POST); in ' +
        'mode http only. on: at /.knock/status. Or another path, to the letter. The upstream gets no request for it.',
      default: PRESETS.status,
    }),
    target: reading(z.string({ error: 'write an IP address of this host' }), parseTarget).meta({
      description: 'Only knocks at this address of this host count. Default: at any of them.',
    }),
    one_time_sequences: filePath.meta({
      description:
        'In place of sequence: a file of sequences, one a line, each of which works once; a used one is commented out ' +
        'with #. Relative to the folder of this file.',
    }),
    start_command: command('Run when the door opens for a source (%IP%), if run_commands is true.'),
    start_command_6: command('The same for IPv6 sources. Default: start_command; empty: none.'),
    stop_command: command('Run when the grant ends, if run_commands is true.'),
    stop_command_6: command('The same for IPv6 sources. Default: stop_command; empty: none.'),
  },
  { error: 'write its keys below it, indented: sequence, listen, upstream' },
);

/**
 * One door of knockgate.yaml. No key is required here: a door may be said in two files, and `--upstream` may say the
 * rest. What is missing is told where the parts meet (finish-door.ts).
 */
export const doorSchema = fieldsSchema.partial();

/** Every door key with its value, read. */
export type DoorFields = z.output<typeof fieldsSchema>;
export type DoorKey = keyof DoorFields;

export const doorPresets = fieldsSchema
  .pick({
    tcpflags: true,
    seq_timeout: true,
    cmd_timeout: true,
    hide: true,
    on_expiry: true,
    proxy_protocol: true,
    trusted_proxies: true,
    upstream_timeout: true,
    status: true,
  })
  .parse(PRESETS);
