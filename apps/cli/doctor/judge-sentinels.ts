import type { RedisSettings } from '#config';
import type { SentinelReport } from '#grants';
import { type Finding, findingsOn } from './finding.js';
import { redisCli } from './redis-cli.js';
import { sentinelUrl } from './redis-url.js';

const { ok, warning } = findingsOn('redis');

/** What the Sentinels' answers mean: one that helps is enough to find the master, a majority of them to replace it. */
export function judgeSentinels(
  reports: readonly SentinelReport[],
  store: Extract<RedisSettings, { kind: 'sentinel' }>,
): Finding[] {
  const { name } = store;
  const found = reports.flatMap(({ at, reason }) =>
    reason === undefined
      ? []
      : [
          warning(
            `Sentinel ${at} would not help if the master were lost: ${reason}`,
            redisCli(sentinelUrl(store, at), 'SENTINEL', 'CKQUORUM', name, '# its log says why'),
          ),
        ],
  );
  const sound = reports.length - found.length;
  return sound === 0
    ? found
    : [...found, ok(`${sound} of ${reports.length} Sentinels could replace the master ${name}`)];
}
