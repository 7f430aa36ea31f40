import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder, linesOf, MINIMAL, withFiles } from './load.fixture.js';
import { loadSettings } from './load-settings.js';

/** A key and a certificate that it signed itself, in the files NAME.key and NAME.pem. */
function certify(folder: string, name: string): void {
  const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', `/CN=${name}`];
  const { status, stderr } = spawnSync('openssl', ['req', '-x509', ...kind, ...files]);
  if (status !== 0) throw new Error(String(stderr));
}

const load = (store: string, files: Readonly<Record<string, string>> = {}) =>
  inFolder((cwd) => {
    certify(cwd, 'own');
    certify(cwd, 'other');
    withFiles(cwd, { ...files, 'knockgate.yaml': `store: ${store}\n${MINIMAL}` });
    return { cwd, loaded: loadSettings({ configFile: 'knockgate.yaml', env: {}, cwd }) };
  });
const faults = (store: string, files?: Readonly<Record<string, string>>): string[] =>
  linesOf(load(store, files).loaded);

describe('store, as a map with files', () => {
  it('Sentinels with everything', () => {
    const store =
      '{ sentinels: [a:26379, "[fd77::1]:26380"], name: mymaster, username: gate, password_file: pw, ' +
      'sentinel_username: look, sentinel_password_file: pw2, wait_replicas: 1, ' +
      'tls: { ca_file: own.pem, cert_file: own.pem, key_file: own.key } }';
    const { cwd, loaded } = load(store, { pw: 'hunter2\n', pw2: 'hunter3' });
    const pem = expect.stringContaining('-----BEGIN') as string;
    expect(loaded).toMatchObject({
      settings: {
        store: {
          kind: 'sentinel',
          sentinels: [
            { host: 'a', port: 26_379 },
            { host: 'fd77::1', port: 26_380 },
          ],
          name: 'mymaster',
          username: 'gate',
          password: 'hunter2',
          sentinelUsername: 'look',
          sentinelPassword: 'hunter3',
          tls: { ca: pem, cert: pem, key: pem },
          waitReplicas: 1,
          files: ['pw', 'pw2', 'own.pem', 'own.pem', 'own.key'].map((name) => join(cwd, name)),
        },
      },
    });
  });

  it.each([
    [
      '{ cluster: [a:1, b:2] }',
      {
        kind: 'cluster',
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
      },
    ],
    ['{ cluster: [a:1], tls: true }', { kind: 'cluster', tls: {} }],
    ['{ url: redis://h:1/2, password_file: pw }', { kind: 'redis', url: 'redis://h:1/2', password: 'hunter2' }],
    ['{ url: rediss://h, tls: { ca_file: own.pem } }', { kind: 'redis', url: 'rediss://h' }],
  ])('%s', (store, read) => {
    expect(load(store, { pw: 'hunter2\n' }).loaded).toMatchObject({ settings: { store: read } });
  });

  it.each([
    [
      '{ cluster: [a:1], password_file: pw }',
      { pw: '\n' },
      'store.password_file: is an empty file; write the password',
    ],
    ['{ cluster: [a:1], password_file: pw }', { pw: 'hunter2\nx' }, 'store.password_file: is a file of several lines'],
    [
      '{ url: redis://u:hunter2@h, password_file: pw }',
      { pw: 'x' },
      'store: has credentials in url and a password_file',
    ],
    [
      '{ cluster: [a:1], tls: { ca_file: pw } }',
      { pw: 'hunter2' },
      'store.tls.ca_file: has no certificate in it; name',
    ],
    [
      '{ cluster: [a:1], tls: { cert_file: own.pem, key_file: other.key } }',
      {},
      'store.tls.key_file: is not the key of that certificate; name the file with the key',
    ],
  ])('refuses %s', (store, files, fault) => {
    const lines = faults(store, files);
    expect(lines).toEqual([expect.stringContaining(`knockgate.yaml:1: ${fault}`)]);
    expect(lines.join()).not.toContain('hunter2');
  });
});
