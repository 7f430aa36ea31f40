import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Document, parse } from 'yaml';
import { KEY_EXAMPLES } from './key-examples.js';
import { keyEntries, withKeyReference } from './key-reference.js';
import { KNOCKD_DIRECTIVES } from './knockd-conf.js';
import { linesOf, load } from './load.fixture.js';

const PAGE = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const DOOR = { sequence: '7341,6120,9853:udp,8264', listen: '8080', upstream: 'tcp://127.0.0.1:22' };

/** A config in which this key has its example. */
function yamlWith(path: string, example: string): string {
  const door = path.endsWith('.status') ? { ...DOOR, upstream: 'http://127.0.0.1:8081' } : DOOR;
  const store = path.startsWith('store.') ? { store: storeBeside(path) } : path === 'attempts' ? { store: REDIS } : {};
  const config = new Document({ doors: { NAME: door }, console: { token_file: 'token' }, ...store });
  config.setIn(path.split('.'), parse(example));
  if (path.endsWith('one_time_sequences')) config.deleteIn(['doors', 'NAME', 'sequence']); // in its place
  return config.toString();
}

/** What a key of `store` does not go without. */
function storeBeside(path: string): object {
  if (/\.(?:url|cluster)$/u.test(path)) return {};
  const servers = { sentinels: ['10.0.0.11:26379'], name: 'mymaster' };
  if (path.endsWith('.sentinel_username')) return { ...servers, sentinel_password_file: 'password' };
  if (path.endsWith('.username')) return { ...servers, password_file: 'password' };
  return { ...servers, ...(path.includes('.tls.') ? { tls: PAIR } : {}) };
}

const REDIS = 'redis://127.0.0.1';
const PAIR = { cert_file: 'cert', key_file: 'key' };
/** The files of the examples, which are not there. */
const MISSING = 'no such file; name a text file';

describe('keyEntries', () => {
  const entries = keyEntries();

  it('knows every key, its form and default', () => {
    expect(entries.find(({ path }) => path === 'limits.events')).toEqual({
      path: 'limits.events',
      form: 'whole number',
      preset: '10000',
      description: "Entries kept in a door's event stream.",
      example: '100000',
    });
    expect(entries.find(({ path }) => path === 'doors.NAME.hide')).toMatchObject({
      form: '`auto`, `closed`, `filtered`, `reset`',
      preset: 'auto',
    });
    expect(entries.find(({ path }) => path === 'ignore_ports')).toMatchObject({
      form: 'text, whole number or list',
      preset: '[22, 80, 443]',
    });
  });

  it('has an example for each key, and none beside', () => {
    expect(entries.map(({ path }) => path).toSorted()).toEqual(Object.keys(KEY_EXAMPLES).toSorted());
  });

  it.each(Object.entries(KEY_EXAMPLES))('%s: %s is taken', (path, example) => {
    const loaded = load({ yaml: yamlWith(path, example) });
    const faults = loaded.kind === 'faults' ? linesOf(loaded) : [];
    expect(faults.filter((line) => !(path.startsWith('store.') && line.includes(MISSING)))).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  it('has the keys of the schema; if not: npm run schema', () => {
    expect(PAGE).toBe(withKeyReference(PAGE));
  });

  it("has every directive of knockd's", () => {
    const rows = new Set([...PAGE.matchAll(/^\| (.*?) +\|/gmu)].flatMap(([, cell]) => cell!.match(/\w+/gu)));
    for (const directive of KNOCKD_DIRECTIVES) expect(rows).toContain(directive);
  });
});
