import { mustRun } from './run.js';
import type { TempDir } from './temp-dir.js';

/** Files (PEM) of an authority, and of a certificate of its for 127.0.0.1, good for servers and clients. */
export interface Certificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

export async function certify(folder: TempDir): Promise<Certificate> {
  const [ca, caKey, cert, key] = ['ca.pem', 'ca.key', 'own.pem', 'own.key'].map((name) => folder.file(name)) as [
    string,
    string,
    string,
    string,
  ];
  await mustRun('openssl', ['req', '-x509', ...EC, '-subj', '/CN=authority', '-keyout', caKey, '-out', ca]);
  const signed = ['-CA', ca, '-CAkey', caKey, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const plain = ['-addext', 'basicConstraints=critical,CA:false'];
  await mustRun('openssl', [
    'req',
    '-x509',
    ...EC,
    '-subj',
    '/CN=own',
    ...signed,
    ...plain,
    '-keyout',
    key,
    '-out',
    cert,
  ]);
  return { ca, cert, key };
}
