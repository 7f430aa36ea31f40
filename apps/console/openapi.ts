import { z } from 'zod';
import {
  attemptSchema,
  changesSchema,
  doorSchema,
  errorSchema,
  eventsQuerySchema,
  eventsSchema,
  grantRequestSchema,
  grantSchema,
  healthSchema,
  processSchema,
  pulseSchema,
  readinessSchema,
  sessionRequestSchema,
  stateSchema,
  storeSchema,
  trailEventSchema,
} from './api-schemas.js';

type Json = Readonly<Record<string, unknown>>;

const INPUTS = { GrantRequest: grantRequestSchema, SessionRequest: sessionRequestSchema };
const OUTPUTS = {
  State: stateSchema,
  Changes: changesSchema,
  Pulse: pulseSchema,
  Store: storeSchema,
  Process: processSchema,
  Door: doorSchema,
  Grant: grantSchema,
  Attempt: attemptSchema,
  TrailEvent: trailEventSchema,
  Events: eventsSchema,
  Readiness: readinessSchema,
  Health: healthSchema,
  Error: errorSchema,
};

type Name = keyof typeof INPUTS | keyof typeof OUTPUTS;

const refTo = (name: Name): Json => ({ $ref: `#/components/schemas/${name}` });
const json = (name: Name, description: string): Json => ({
  description,
  content: { 'application/json': { schema: refTo(name) } },
});
const text = (type: string, description: string): Json => ({
  description,
  content: { [type]: { schema: { type: 'string' } } },
});
const body = (name: Name): Json => ({ required: true, content: { 'application/json': { schema: refTo(name) } } });
const nothing = (description: string): Json => ({ description });

const REFUSED = {
  '401': json('Error', 'No token, or a wrong one.'),
  '403': json('Error', 'Asked from a page of another origin.'),
};
const AWAY = { '503': json('Error', 'The store cannot be reached.') };
const WRONG = { '400': json('Error', 'The request is not as described here.') };
const inPath = (name: string): Json => ({ name, in: 'path', required: true, schema: { type: 'string' } });
const OPEN = { security: [] };

const STREAM =
  `Server-sent events, all with JSON data. \`state\` (State) first, and again whenever what was told before is not to be
relied on. \`changes\` (Changes), at most one in 100 ms. \`pulse\` (Pulse), once a second.`.replaceAll('\n', ' ');

const PATHS = {
  '/api/state': {
    get: { summary: 'All that the page shows.', responses: { '200': json('State', 'Now.'), ...REFUSED } },
  },
  '/api/stream': {
    get: {
      summary: 'The same, and each change.',
      responses: {
        '200': text('text/event-stream', STREAM),
        ...REFUSED,
        '503': json('Error', 'Too many streams are open.'),
      },
    },
  },
  '/api/events': {
    get: {
      summary: 'The audit trail, newest first.',
      parameters: queryParameters(eventsQuerySchema),
      responses: {
        '200': json('Events', 'A page of it.'),
        ...WRONG,
        ...REFUSED,
        '404': json('Error', 'There is no such door.'),
        ...AWAY,
      },
    },
  },
  '/api/grants': {
    post: {
      summary:
        'Lets an IP in without a knock, or for longer: its time is the greater of what is left and what is asked for.',
      requestBody: body('GrantRequest'),
      responses: {
        '200': json('Grant', 'As it is now.'),
        ...WRONG,
        ...REFUSED,
        '404': json('Error', 'There is no such door.'),
        ...AWAY,
      },
    },
  },
  '/api/grants/{door}/{ip}': {
    delete: {
      summary: 'Shuts the door for an IP, live connections included.',
      parameters: [inPath('door'), inPath('ip')],
      responses: {
        '204': nothing('Shut.'),
        ...WRONG,
        ...REFUSED,
        '404': json('Error', 'There is no such door, or no such grant.'),
        ...AWAY,
      },
    },
  },
  '/api/session': {
    post: {
      ...OPEN,
      summary: 'Begins a session by a cookie, for a browser.',
      requestBody: body('SessionRequest'),
      responses: {
        '204': nothing('With the cookie.'),
        ...WRONG,
        ...REFUSED,
        '429': json('Error', 'Too many wrong tokens.'),
      },
    },
    delete: {
      ...OPEN,
      summary: 'Ends it.',
      responses: { '204': nothing('Without the cookie.'), '403': REFUSED['403'] },
    },
  },
  '/api/openapi.json': {
    get: {
      summary: 'This document.',
      responses: { '200': { description: 'OpenAPI 3.1.', content: { 'application/json': {} } }, ...REFUSED },
    },
  },
  '/metrics': {
    get: {
      summary: 'What all processes measure, made one.',
      responses: { '200': text('text/plain', "Prometheus's text format."), ...REFUSED },
    },
  },
  '/healthz': {
    get: { ...OPEN, summary: 'Whether the console runs.', responses: { '200': json('Health', 'It does.') } },
  },
  '/readyz': {
    get: {
      ...OPEN,
      summary: 'Whether whoever knocks now is let in.',
      responses: { '200': json('Readiness', 'Yes.'), '503': json('Readiness', 'No, and why.') },
    },
  },
};

/** What each operation takes and gives (OpenAPI 3.1). The schemas are those that check the input and type the answers. */
export function openApi(version: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'knockgate console',
      version,
      description:
        'What goes on at the doors, and grants by hand. On loopback only. Every error is `{ error }`, one line.',
    },
    security: [{ token: [] }, { session: [] }],
    paths: PATHS,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: "What is in the console's token file." },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'knockgate_console_PORT',
          description: 'Given by POST /api/session; PORT is the one in the address.',
        },
      },
      schemas: { ...schemasOf(INPUTS, 'input'), ...schemasOf(OUTPUTS, 'output') },
    },
  };
}

/** Each by its name, which the others refer to. */
function schemasOf(named: Readonly<Record<string, z.ZodType>>, io: 'input' | 'output'): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    io,
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ zodSchema, jsonSchema }) => {
      const description = z.globalRegistry.get(zodSchema)?.description;
      if (description !== undefined) jsonSchema.description = description;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _schema, $id: _id, ...schema }]) => [id, schema]),
  );
}

function queryParameters(schema: z.ZodType): Json[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input' });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property as z.core.JSONSchema.JSONSchema;
    return { name, in: 'query', description, schema: rest };
  });
}
