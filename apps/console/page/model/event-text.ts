import type { TrailEvent } from './api-types.js';
import { secondsText } from './seconds-text.js';

/** `good`: somebody is in; `over`: no more; `failed`: an attempt that came to nothing. */
export type Tone = 'good' | 'over' | 'failed' | 'step';

/** The kinds that can be asked for, and their names for people. */
export const eventKinds: ReadonlyMap<string, string> = new Map([
  ['stage', 'steps'],
  ['opened', 'opened'],
  ['extended', 'extended'],
  ['expired', 'expired'],
  ['revoked', 'revoked'],
  ['voided', 'wrong port'],
  ['sequence_timeout', 'too slow'],
]);

/** What an event says besides when, where and who. */
export function eventText(entry: TrailEvent): { readonly tone: Tone; readonly text: string } {
  const { event, method, ttl, by, stage, of } = entry;
  switch (event) {
    case 'stage':
      return { tone: 'step', text: `stage ${stage} of ${of}` };
    case 'opened':
      return { tone: 'good', text: `opened for ${secondsText(Number(ttl))} (${method})` };
    case 'extended':
      return { tone: 'good', text: `extended to ${secondsText(Number(ttl))} (${method})` };
    case 'expired':
      return { tone: 'over', text: 'ended in time' };
    case 'revoked':
      return { tone: 'over', text: by === undefined ? 'revoked' : `revoked (${by})` };
    case 'voided':
      return { tone: 'failed', text: `wrong port after stage ${stage}` };
    case 'sequence_timeout':
      return { tone: 'failed', text: `too slow after stage ${stage}` };
    default:
      return { tone: 'step', text: [event, ...others(entry)].join(' ') };
  }
}

/** Of an event that this version does not know: what it says besides. */
function others({ id: _id, door: _door, at: _at, event: _event, ip: _ip, ...fields }: TrailEvent): string[] {
  return Object.entries(fields).map(([name, value]) => `${name}=${value}`);
}
