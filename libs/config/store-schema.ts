import { z } from 'zod';
import { parseHostPort } from './parse-host-port.js';
import { parseList } from './parse-list.js';
import { isRedisUrl, parseStore, type StoreWord } from './parse-store.js';
import { parseStoreMap, type StoreWish } from './parse-store-map.js';
import { ok, type Parsed, wrong } from './parsed.js';
import { reading } from './reading.js';
import { filePath } from './value-schemas.js';

const SERVERS = { error: 'write a list of HOST:PORT, like [10.0.0.5:6379, 10.0.0.6:6379]' } as const;
const MAX_REPLICAS = 100;
const REPLICAS = { error: `write a whole number from 0 to ${MAX_REPLICAS}` } as const;
const USER = { error: 'write the name of a user' } as const;
const TLS = 'write true, or { ca_file: ca.pem }';

/** What Sentinel itself takes for a name (sentinel.c). */
const MASTER = /^[\w.-]{1,200}$/;

const servers = reading(z.array(z.string(SERVERS), SERVERS).min(1, SERVERS), (texts) =>
  parseList(texts, parseHostPort),
);

const tlsSchema = z.strictObject(
  {
    ca_file: filePath.optional().meta({
      description:
        'File with the authorities (PEM) that the servers prove themselves to. Default: those of the system.',
    }),
    cert_file: filePath.optional().meta({ description: 'File with our own certificate (PEM), where they want one.' }),
    key_file: filePath.optional().meta({ description: 'File with the key (PEM) of our own certificate.' }),
  },
  { error: TLS },
);

const mapSchema = z.strictObject(
  {
    url: reading(z.string({ error: 'write redis://HOST:PORT' }), (text) =>
      isRedisUrl(text.trim())
        ? ok(text.trim())
        : wrong({ what: 'is not the URL of a Redis', instead: 'write redis://HOST:PORT or rediss://HOST:PORT (TLS)' }),
    )
      .optional()
      .meta({ description: 'One Redis: redis://HOST:PORT or rediss://HOST:PORT (TLS).' }),
    sentinels: servers.optional().meta({
      description: 'Redis Sentinels, HOST:PORT each, which say where the master is. With name.',
    }),
    name: reading(z.string({ error: 'write what the Sentinels call the master' }), (text) =>
      MASTER.test(text)
        ? ok(text)
        : wrong({ what: 'is not the name of a master', instead: 'write what the Sentinels call it, like mymaster' }),
    )
      .optional()
      .meta({ description: 'What the Sentinels call the master.' }),
    cluster: servers.optional().meta({
      description: 'Some nodes of a Redis Cluster, HOST:PORT each; they know the others.',
    }),
    username: z.string(USER).min(1, USER).optional().meta({ description: 'ACL user. Default: the default user.' }),
    password_file: filePath.optional().meta({
      description: "File with that user's password. Relative to the folder of this file.",
    }),
    sentinel_username: z
      .string(USER)
      .min(1, USER)
      .optional()
      .meta({ description: 'ACL user of the Sentinels. Default: the default user.' }),
    sentinel_password_file: filePath.optional().meta({
      description: 'File with the password of the Sentinels, if they want one. Relative to the folder of this file.',
    }),
    tls: z
      .union([z.boolean({ error: TLS }), tlsSchema], { error: TLS })
      .optional()
      .meta({
        description: 'TLS to the servers, Sentinels included: true, or with which files. A rediss:// url has it.',
      }),
    wait_replicas: z
      .int(REPLICAS)
      .min(0, REPLICAS)
      .max(MAX_REPLICAS, REPLICAS)
      .optional()
      .meta({
        description:
          'How many replicas are to confirm a grant, a revocation or a used one-time sequence, within a second (WAIT); it ' +
          'counts in any case, and where too few do that is said. Default: 0.',
      }),
  },
  { error: 'write redis://HOST:PORT, memory, or a map with url, sentinels or cluster' },
);

/** `store`: a word for what is simple, a map for the rest. */
export const storeSchema = reading(
  z.union([z.string(), mapSchema], { error: 'write redis://HOST:PORT, memory, or a map with sentinels or cluster' }),
  (value): Parsed<StoreWord | StoreWish> => (typeof value === 'string' ? parseStore(value) : parseStoreMap(value)),
);

/** The keys of `store`, or of the `tls` in it. */
export function storeKeys(key?: string): readonly string[] {
  if (key === undefined) return Object.keys(mapSchema.shape);
  return key === 'tls' ? Object.keys(tlsSchema.shape) : [];
}
