import type { Loaded } from '#config';
import { Hiding } from '../../gateway/index.js';
import type { ConfigOptions } from '../config-options.js';
import { type Check, ROLES, type RunCommand, type Subject } from './check.js';
import { checkBuffer } from './check-buffer.js';
import { checkCapture } from './check-capture.js';
import { checkClock } from './check-clock.js';
import { checkConfig } from './check-config.js';
import { checkDocker } from './check-docker.js';
import { checkFiles } from './check-files.js';
import { checkHiding } from './check-hiding.js';
import { checkPorts } from './check-ports.js';
import { checkRedis } from './check-redis.js';
import { checkRights } from './check-rights.js';
import { checkUpstream } from './check-upstream.js';
import { asHidden } from './door-wish.js';
import { type Finding, findingsOn, TOPICS } from './finding.js';

const CHECKS: readonly Check[] = [
  checkRights,
  checkHiding,
  checkCapture,
  checkBuffer,
  checkPorts,
  checkDocker,
  checkRedis,
  checkUpstream,
  checkFiles,
  checkClock,
];

export interface Examination {
  readonly loaded: Loaded;
  readonly command: RunCommand;
  readonly options: ConfigOptions;
}

/** All that can be found out; of a faulty config its faults. Changes nothing, and never rejects for what it finds. */
export async function lookAtHost({ loaded, command, options }: Examination): Promise<Finding[]> {
  const found = checkConfig(loaded);
  if (loaded.kind === 'faults') return found;
  const { settings } = loaded;
  const roles: readonly string[] = ROLES[command];
  const hiding = roles.includes('gateway')
    ? Hiding.take({ ...settings, doors: settings.doors.map(asHidden) })
    : undefined;
  const subject: Subject = { settings, command, options, hiding };
  const checks = CHECKS.filter(({ role }) => role === undefined || roles.includes(role));
  const each = await Promise.all(checks.map((check) => looked(check, subject)));
  return [...found, ...each.flat()].toSorted((x, y) => TOPICS.indexOf(x.topic) - TOPICS.indexOf(y.topic));
}

async function looked({ topic, look }: Check, subject: Subject): Promise<readonly Finding[]> {
  try {
    return await look(subject);
  } catch (error) {
    return [findingsOn(topic).skipped(`could not be looked at: ${(error as Error).message}`)];
  }
}
