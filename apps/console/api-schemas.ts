import { z } from 'zod';

// What goes in and out of the API, once: input is checked by these, the types are theirs, and so is /api/openapi.json.

const text = z.string();
const count = z.int().nonnegative();

const problems = z.array(text).meta({ description: 'What is wrong, a line each; none: all is well.' });

export const storeSchema = z.object({
  kind: z.enum(['memory', 'redis', 'sentinel', 'cluster']),
  name: text.optional().meta({ description: 'Such as Redis 7.0.15; once it has been reached.' }),
  reachable: z.boolean(),
  reason: text.optional().meta({ description: 'Why it is not.' }),
});

export const processSchema = z.object({
  host: text,
  pid: count,
  roles: text,
  version: text,
  started_at: text,
  healthy: z.boolean(),
  problems,
});

export const doorSchema = z.object({
  name: text,
  listen: z.array(text),
  mode: z.enum(['http', 'tcp']),
  hide: z.enum(['auto', 'closed', 'filtered', 'reset']),
  upstream: text,
  stages: count.meta({ description: 'Knocks of its sequence; 0 where each one-time sequence has its own number.' }),
  seq_timeout: z.number().meta({ description: 'Seconds for the whole sequence.' }),
  cmd_timeout: z.number().meta({ description: 'Seconds that a knock opens it for.' }),
});

export const grantSchema = z.object({
  door: text,
  ip: text,
  method: text.meta({ description: 'knock, or manual.' }),
  listener: text.meta({ description: 'Who wrote it.' }),
  granted_at: text,
  expires_at: text,
  ends_in_ms: count,
  lasts_ms: count.meta({ description: 'Its whole length.' }),
});

export const attemptSchema = z.object({ door: text, ip: text, stage: count, of: count, ends_in_ms: count });

export const trailEventSchema = z
  .object({ id: text, door: text, at: text, event: text, ip: text })
  .catchall(z.union([text, z.number()]))
  .meta({ description: 'An entry of the audit trail; the other fields are as in the stream in Redis.' });

const rate = z.number().nonnegative();

const ratesAtSchema = z.object({ at_ms: count, knocks: rate, opened: rate, denied: rate });

export const stateSchema = z.object({
  version: text,
  now_ms: count.meta({ description: "The store's clock, which stamps grants and events." }),
  ready: z.boolean(),
  problems,
  store: storeSchema,
  processes: z.array(processSchema),
  doors: z.array(doorSchema),
  grants: z.array(grantSchema),
  attempts: z.array(attemptSchema),
  history: z
    .array(ratesAtSchema)
    .meta({ description: 'Per second, a second each of the last 10 minutes, oldest first.' }),
});

const keySchema = z.object({ door: text, ip: text });

export const changesSchema = z.object({
  now_ms: count,
  grants: z.array(grantSchema).meta({ description: 'New or changed.' }),
  ended: z.array(keySchema.extend({ reason: z.enum(['expired', 'revoked']) })),
  attempts: z.array(attemptSchema).meta({ description: 'New or changed.' }),
  attempts_ended: z.array(keySchema),
  events: z.array(trailEventSchema).meta({ description: 'In the order of the store.' }),
});

export const pulseSchema = z.object({
  now_ms: count,
  ready: z.boolean(),
  problems,
  store: storeSchema,
  processes: z.array(processSchema),
  rates: z
    .object({
      packets: rate,
      knocks: rate,
      opened: rate,
      denied: rate,
      allowed: rate,
      connections_open: rate.meta({ description: 'How many are open now.' }),
    })
    .meta({ description: 'Per second, sums over all processes.' }),
});

export const eventsSchema = z.object({
  events: z.array(trailEventSchema).meta({ description: 'Newest first.' }),
  before: text.optional().meta({ description: 'Asks for older ones; missing: there are none.' }),
});

export const readinessSchema = z.object({ ready: z.boolean(), problems });
export const healthSchema = z.object({ ok: z.literal(true) });
export const errorSchema = z.object({ error: text.meta({ description: 'One line: what is wrong, and what to do.' }) });

const MAX_SECONDS = 366 * 86_400;
const MAX_TEXT = 256;

/** POST /api/grants */
export const grantRequestSchema = z.strictObject(
  {
    door: z.string({ error: 'write the name of a door' }).max(MAX_TEXT, { error: 'is no name of a door' }),
    ip: z.string({ error: 'write an IPv4 or IPv6 address' }).max(MAX_TEXT, { error: 'is no address' }),
    seconds: z
      .number({ error: `write a number of seconds, from 1 to ${MAX_SECONDS}` })
      .min(1, { error: 'write 1 or more' })
      .max(MAX_SECONDS, { error: `write ${MAX_SECONDS} (a year) or less` })
      .optional()
      .meta({ description: "Default: the door's cmd_timeout." }),
  },
  { error: 'write {"door": …, "ip": …, "seconds": …}' },
);

/** POST /api/session */
export const sessionRequestSchema = z.strictObject(
  { token: z.string({ error: 'write the token' }).max(1024, { error: 'is no token' }) },
  { error: 'write {"token": …}' },
);

export const MAX_EVENTS = 1000;

/** GET /api/events */
export const eventsQuerySchema = z.strictObject({
  door: z.string().max(MAX_TEXT).optional().meta({ description: 'This door only.' }),
  ip: z.string().max(MAX_TEXT).optional().meta({ description: 'This source only.' }),
  event: z.string().max(MAX_TEXT).optional().meta({ description: 'This kind only: opened, stage, …' }),
  q: z.string().max(MAX_TEXT).optional().meta({ description: 'Text in any of the fields.' }),
  before: z
    .string()
    .regex(/^\d{1,15}(?:-\d{1,19})?$/u, { error: 'is no id of an event' })
    .optional()
    .meta({ description: '`before` of the answer whose older ones are wanted.' }),
  limit: z.coerce
    .number({ error: 'write a number' })
    .int({ error: 'write a whole number' })
    .min(1, { error: 'write 1 or more' })
    .max(MAX_EVENTS, { error: `write ${MAX_EVENTS} or less` })
    .default(100),
});

export type Store = z.output<typeof storeSchema>;
export type Process = z.output<typeof processSchema>;
export type Door = z.output<typeof doorSchema>;
export type GrantView = z.output<typeof grantSchema>;
export type Attempt = z.output<typeof attemptSchema>;
export type TrailEvent = z.output<typeof trailEventSchema>;
export type State = z.output<typeof stateSchema>;
export type Changes = z.output<typeof changesSchema>;
export type Pulse = z.output<typeof pulseSchema>;
export type Rates = Pulse['rates'];
export type RatesAt = z.output<typeof ratesAtSchema>;
export type Events = z.output<typeof eventsSchema>;
export type EventsQuery = z.output<typeof eventsQuerySchema>;
export type Readiness = z.output<typeof readinessSchema>;
