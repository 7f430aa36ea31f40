// Keeps grants, in Redis or in memory, and tells every gateway at once when one changes.
export { compareIds } from './compare-ids.js';
export type { AuditEntry, EndReason, Grant, GrantKey, GrantRequest, Granted } from './grant.js';
export { GrantMirror, type Difference, type MirrorListener } from './grant-mirror.js';
export { type Following, type GrantFollower, GrantStore, type StoreFacts, StoreUnavailable } from './grant-store.js';
export { MemoryGrantStore } from './memory/memory-grant-store.js';
export { meetDeadlines } from './deadline-timer.js';
export { fromHostMs, toHostMs } from './host-clock.js';
export { monotonicMs } from './monotonic-ms.js';
export { openStore, type StoreOptions } from './open-store.js';
export {
  type MetricObject,
  type MetricSample,
  type ProcessKey,
  type ProcessReport,
  REPORT_TTL_MS,
} from './process-report.js';
export { lossOf } from './redis/loss-of.js';
export {
  type AttemptDoor,
  type AttemptSizes,
  type Judged,
  type Losses,
  RedisAttempts,
  type ToldPacket,
} from './redis/redis-attempts.js';
export { type RedisReport, redisReports, type SentinelReport, sentinelReports } from './redis/redis-report.js';
export { RedisGrantStore, type Unconfirmed } from './redis/redis-grant-store.js';
export type { RedisTarget } from './redis/redis-target.js';
export type { HistoryPage, TrailEntry, TrailReader } from './trail.js';
