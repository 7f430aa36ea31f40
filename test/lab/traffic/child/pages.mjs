import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { count } from './report.mjs';

const SILENT_MS = 60_000;
/** One in so many asks for the file, the others for the page. */
const DOWNLOAD_ONE_IN = 12;
/** One in so many has a connection of its own. */
const NEW_CONNECTION_ONE_IN = 4;

/**
 * Asks for page after page until the door is shut, over a kept connection and fresh ones; each must come whole.
 * @param files {path, bytes, sha256}: the first is the page, the second the download
 */
export async function pages({ host, port, source, files, paceMs, random, stay }) {
  const kept = new Agent({ keepAlive: true, maxSockets: 1, localAddress: source });
  try {
    for (;;) {
      const file = files[random.below(DOWNLOAD_ONE_IN) === 0 ? 1 : 0];
      const agent = random.below(NEW_CONNECTION_ONE_IN) === 0 ? false : kept;
      const isLate = stay.mustHaveEnded;
      const got = await get({ host, port, path: file.path, agent, localAddress: source, timeout: SILENT_MS });
      if (got.error !== undefined) {
        if (!stay.mayEnd) stay.lost(file.path, got.error);
        return;
      }
      const why = wrongWith(got, file);
      if (isLate) stay.late(file.path);
      else if (why !== undefined) stay.wrong(file.path, why);
      if (isLate || why !== undefined) return;
      count(file === files[0] ? 'pages' : 'downloads');
      count('bytes', got.bytes);
      await delay(random.below(2 * paceMs));
    }
  } finally {
    kept.destroy();
  }
}

function wrongWith(got, file) {
  if (got.status !== 200) return `status ${got.status}`;
  if (got.bytes !== file.bytes) return `${got.bytes} bytes of ${file.bytes}`;
  return got.sha256 === file.sha256 ? undefined : 'other bytes than the upstream has';
}

/** `error` also where an answer broke off. */
function get(options) {
  return new Promise((resolve) => {
    const asked = request(options, (response) => {
      const hash = createHash('sha256');
      let bytes = 0;
      response.on('data', (chunk) => {
        bytes += chunk.length;
        hash.update(chunk);
      });
      response.on('end', () => {
        if (response.complete) resolve({ status: response.statusCode, bytes, sha256: hash.digest('hex') });
      });
      response.on('error', (error) => resolve({ error: `${error.code ?? error.message} after ${bytes} bytes` }));
      response.on('close', () => resolve({ error: `broke off after ${bytes} bytes` }));
    });
    asked.on('timeout', () => asked.destroy(new Error('silent')));
    asked.on('error', (error) => resolve({ error: error.code ?? error.message }));
    asked.end();
  });
}
