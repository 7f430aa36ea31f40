import { hostPort } from '#address';
import type { RedisSettings } from '#config';
import { type RedisReport, redisReports, sentinelReports, StoreUnavailable } from '#grants';
import { type Check, ROLES } from './check.js';
import { type Finding, findingsOn } from './finding.js';
import { judgeRedis } from './judge-redis.js';
import { judgeSentinels } from './judge-sentinels.js';
import { redisCli } from './redis-cli.js';
import { sentinelUrl, urlOf } from './redis-url.js';

const { fault, skipped } = findingsOn('redis');

/** Whether grants are in good hands. */
export const checkRedis: Check = {
  topic: 'redis',
  async look({ settings, command }) {
    const { store, doors } = settings;
    if (store.kind === 'memory') {
      if (ROLES[command].length > 1) return [skipped('store: memory: there is no Redis to look at')];
      const what = `store: memory: what ${command} knows of grants no other process ever hears of`;
      return [fault(what, 'write store: redis://127.0.0.1:6379 in the config, or set REDIS_URL; or run knockgate up')];
    }
    const ofSentinels = store.kind === 'sentinel' ? judgeSentinels(await sentinelReports(store), store) : [];
    const names = doors.map(({ name }) => name);
    const reports = await reported(store, { doors: names, sharedAttempts: settings.attempts === 'shared' });
    if (typeof reports === 'string') return [...ofSentinels, unreachable(store, reports)];
    const oneTime = doors.some(({ oneTimeSequences }) => oneTimeSequences !== undefined);
    const { kind, waitReplicas = 0 } = store;
    return [
      ...ofSentinels,
      ...reports.flatMap((report) => {
        const found = judgeRedis(report, { url: urlOf(store, report.at), kind, waitReplicas, oneTime });
        return kind === 'redis' ? found : found.map((each) => naming(report.at, each));
      }),
    ];
  },
};

/** Of several servers each finding names its own. */
function naming(server: string, finding: Finding): Finding {
  return Object.assign(finding, { what: `${server}: ${finding.what}` });
}

async function reported(
  store: RedisSettings,
  of: Parameters<typeof redisReports>[1],
): Promise<readonly RedisReport[] | string> {
  try {
    return await redisReports(store, of);
  } catch (error) {
    if (error instanceof StoreUnavailable) return error.message;
    throw error;
  }
}

function unreachable(store: RedisSettings, reason: string): Finding {
  return fault(`cannot be used: ${reason}`, `${question(store)} # start it, or correct store (or REDIS_URL)`);
}

/** With which the operator sees for himself. */
function question(store: RedisSettings): string {
  switch (store.kind) {
    case 'redis':
      return redisCli(urlOf(store, ''), 'PING');
    case 'sentinel':
      return redisCli(
        sentinelUrl(store, hostPort(store.sentinels[0]!)),
        'SENTINEL',
        'GET-MASTER-ADDR-BY-NAME',
        store.name,
      );
    case 'cluster':
      return redisCli(urlOf(store, hostPort(store.nodes[0]!)), 'CLUSTER', 'INFO');
    default:
      return store satisfies never;
  }
}
