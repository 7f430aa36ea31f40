import { X509Certificate } from 'node:crypto';
import { resolve } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Findings } from './findings.js';
import type { StoreMap, StoreTls, StoreWish } from './parse-store-map.js';
import { ok, type Parsed, wrong } from './parsed.js';
import { readText } from './read-text.js';
import type { StoreAccess, StoreSettings } from './settings.js';
import type { YamlDocument } from './yaml-document.js';

interface Around {
  /** Where the names of the files start. */
  readonly folder: string;
  readonly document: YamlDocument;
  readonly findings: Findings;
}

/**
 * The store with what its files hold: read while there are rights to. What is wrong with one is told.
 * SECURITY: passwords and keys go from the files into the settings, never into a fault.
 */
export function storeFiles({ servers, map }: StoreWish, around: Around): StoreSettings {
  const files: string[] = [];
  const read = (path: readonly string[], file: string | undefined, check: Check): string | undefined => {
    if (file === undefined) return undefined;
    files.push(resolve(around.folder, file));
    const text = readText(file, around.folder);
    const parsed = text.kind === 'ok' ? check(text.value) : text;
    if (parsed.kind === 'ok') return parsed.value;
    const place = around.document.place(['store', ...path]);
    for (const { what, instead } of parsed.flaws) around.findings.fault(place, what, instead);
    return undefined;
  };
  const access: StoreAccess = {
    username: map.username,
    password: read(['password_file'], map.password_file, passwordIn),
    sentinelUsername: map.sentinel_username,
    sentinelPassword: read(['sentinel_password_file'], map.sentinel_password_file, passwordIn),
    tls: tlsOf(map, read, around),
    tlsFiles: tlsFilesOf(map, around),
    waitReplicas: map.wait_replicas,
    files,
  };
  return { ...servers, ...access };
}

type Check = (text: string) => Parsed<string>;
type Read = (path: readonly string[], file: string | undefined, check: Check) => string | undefined;

/** As editors and `echo` write it: with the end of a line. */
function passwordIn(text: string): Parsed<string> {
  const password = text.replace(/\r?\n$/, '');
  if (password !== '' && !/[\r\n]/.test(password)) return ok(password);
  const what = password === '' ? 'is an empty file' : 'is a file of several lines';
  return wrong({ what, instead: 'write the password into it, and nothing else' });
}

function tlsOf({ tls }: StoreMap, read: Read, { document, findings }: Around): StoreAccess['tls'] {
  if (tls === undefined || tls === false) return undefined;
  const { ca_file, cert_file, key_file }: StoreTls = tls === true ? {} : tls;
  const ca = read(['tls', 'ca_file'], ca_file, certificateIn);
  const cert = read(['tls', 'cert_file'], cert_file, certificateIn);
  const key = read(['tls', 'key_file'], key_file, ok);
  if (cert !== undefined && key !== undefined && !fit(cert, key)) {
    const instead = 'name the file with the key (PEM, without a passphrase) that belongs to cert_file';
    findings.fault(document.place(['store', 'tls', 'key_file']), 'is not the key of that certificate', instead);
  }
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** For who is to ask the servers by other means. */
function tlsFilesOf({ tls }: StoreMap, { folder }: Around): StoreAccess['tlsFiles'] {
  if (tls === undefined || typeof tls === 'boolean') return undefined;
  const { ca_file: ca, cert_file: cert, key_file: key } = tls;
  return {
    ...(ca && { ca: resolve(folder, ca) }),
    ...(cert && { cert: resolve(folder, cert) }),
    ...(key && { key: resolve(folder, key) }),
  };
}

function certificateIn(text: string): Parsed<string> {
  try {
    void new X509Certificate(text);
    return ok(text);
  } catch {
    return wrong({ what: 'has no certificate in it', instead: 'name a PEM file (-----BEGIN CERTIFICATE-----)' });
  }
}

function fit(cert: string, key: string): boolean {
  try {
    createSecureContext({ cert, key });
    return true;
  } catch {
    return false;
  }
}
