import { canonicalAddress } from '#address';
import type { GrantKey } from '../grant.js';
import type { ProcessKey } from '../process-report.js';

/**
 * How the Redis contract spells its keys. The door stands in braces, so that all keys of a door live in one slot of a
 * cluster (Redis cluster specification, hash tags).
 */
export const redisKeys = {
  grant: ({ door, ip }: GrantKey): string => `${grantPrefix(door)}${ip}`,
  grantPrefix,
  /** The tokens of what works once and has been used; without a TTL. */
  claimed: (door: string): string => `knockgate:{${door}}:claimed`,
  /**
   * The attempts at a door that is kept in Redis: what is known of each source, who is in which room since when, and of
   * which sources packets were lost. Listeners that judge packets differently have another `id`, and so other attempts.
   */
  attempts: (door: string, id: string) => {
    const prefix = `knockgate:{${door}}:attempts:${id}`;
    return [`${prefix}:state`, `${prefix}:first`, `${prefix}:advanced`, `${prefix}:lost`] as const;
  },
  events: (door: string): string => `knockgate:{${door}}:events`,
  /** In one slot too, so that they can be read as one. A door of that name has other keys there. */
  process: ({ host, pid, roles }: ProcessKey): string => `knockgate:{process}:${host}:${pid}:${roles}`,
  /** The keys of the processes, so that nobody has to look for them among all grants. */
  processes: 'knockgate:{process}:all',
  /** For SCAN MATCH: the grants of one door, or of all. */
  grantPattern: (door?: string): string =>
    door === undefined ? 'knockgate:{*}:grant:*' : `${escapeGlob(grantPrefix(door))}*`,
  /** The grant that a key stands for, its IP canonical; undefined for any other key. */
  parseGrant(key: string): GrantKey | undefined {
    const match = /^knockgate:\{([^{}]+)\}:grant:(.+)$/u.exec(key);
    const ip = match === null ? undefined : canonicalAddress(match[2]!);
    return match === null || ip === undefined ? undefined : { door: match[1]!, ip };
  },
};

function grantPrefix(door: string): string {
  return `knockgate:{${door}}:grant:`;
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]\\^]/gu, String.raw`\$&`);
}
