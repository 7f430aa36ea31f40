import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { configJsonSchema, configJsonSchemaText } from './config-json-schema.js';

interface Node {
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | false;
  readonly anyOf?: readonly Node[];
}

/** Every key with its path; NAME is the name of a door. */
function keysOf({ properties = {}, additionalProperties, anyOf = [] }: Node, path = ''): (readonly [string, Node])[] {
  const doors = additionalProperties ? keysOf(additionalProperties, `${path}NAME.`) : [];
  const own = Object.entries(properties).map(([key, node]) => [`${path}${key}`, node] as const);
  const either = anyOf.flatMap((node) => keysOf(node, path));
  return [...own, ...own.flatMap(([key, node]) => keysOf(node, `${key}.`)), ...doors, ...either];
}

describe('configJsonSchema', () => {
  const keys = new Map(keysOf(configJsonSchema()));

  it('is the committed knockgate.schema.json; if not: npm run build && npm run schema', () => {
    const committed = readFileSync(new URL('../../knockgate.schema.json', import.meta.url), 'utf8');
    expect(committed).toBe(configJsonSchemaText());
  });

  it('knows the keys of doors, limits and console', () => {
    expect([...keys.keys()]).toEqual(
      expect.arrayContaining(['store', 'console.token_file', 'limits.idle_timeout', 'doors.NAME.sequence']),
    );
  });

  it('describes every key', () => {
    expect([...keys].filter(([, { description }]) => description === undefined)).toEqual([]);
  });

  it('has the presets of doors, which zod itself leaves out', () => {
    expect(keys.get('doors.NAME.seq_timeout')?.default).toBe(25);
    expect(keys.get('doors.NAME.cmd_timeout')?.default).toBe(10);
    expect(keys.get('doors.NAME.tcpflags')?.default).toBe('syn');
  });
});
