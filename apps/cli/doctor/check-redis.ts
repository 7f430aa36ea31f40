import { type RedisReport, redisReport, StoreUnavailable } from '#grants';
import { type Check, ROLES } from './check.js';
import { type Finding, findingsOn } from './finding.js';
import { judgeRedis } from './judge-redis.js';
import { redisCli } from './redis-cli.js';

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
    const report = await reported(
      store.url,
      doors.map(({ name }) => name),
    );
    if (typeof report === 'string') return [unreachable(store.url, report)];
    const oneTime = doors.some(({ oneTimeSequences }) => oneTimeSequences !== undefined);
    return judgeRedis(report, { url: store.url, oneTime });
  },
};

async function reported(url: string, doors: readonly string[]): Promise<RedisReport | string> {
  try {
    return await redisReport(url, doors);
  } catch (error) {
    if (error instanceof StoreUnavailable) return error.message;
    throw error;
  }
}

export function unreachable(url: string, reason: string): Finding {
  return fault(`cannot be used: ${reason}`, `${redisCli(url, 'PING')} # start it, or correct store (or REDIS_URL)`);
}
