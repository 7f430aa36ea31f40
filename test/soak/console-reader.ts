import { fileURLToPath } from 'node:url';
import { type TrafficListener, TrafficProgram } from '../lab/traffic/traffic-program.js';
import type { SoakLab } from './soak-lab.js';

const CHILD = fileURLToPath(new URL('console-reader.child.mjs', import.meta.url));
const METRICS_EACH_MS = 5000;

/** Who has the console open: counts stream-state, stream-changes, stream-pulse, stream-trail (events of the trail) and metrics. */
export async function startConsoleReader(lab: SoakLab, listener: TrafficListener): Promise<TrafficProgram> {
  const settings = { url: lab.consoleUrl, token: await lab.token(), metricsEachMs: METRICS_EACH_MS };
  return TrafficProgram.start(lab.lab.server, { child: CHILD, settings, listener });
}
