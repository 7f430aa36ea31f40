import type { AuditEntry } from '#grants';

/** `good`: somebody is in; `over`: no more; `failed`: an attempt that came to nothing. */
export type Tone = 'good' | 'over' | 'failed' | 'step';

/** What an entry of the audit trail says, in the log's wording, which is knockd's where that has one. */
export function trailText(fields: AuditEntry): { readonly tone: Tone; readonly text: string } {
  const { event = '', method, ttl, by, stage, of } = fields;
  switch (event) {
    case 'stage':
      return { tone: 'step', text: `Stage ${stage} of ${of}` };
    case 'opened':
      return { tone: 'good', text: `OPEN SESAME, ${seconds(ttl)} (${method})` };
    case 'extended':
      return { tone: 'good', text: `OPEN SESAME, extended to ${seconds(ttl)} (${method})` };
    case 'expired':
      return { tone: 'over', text: 'command timeout' };
    case 'revoked':
      return { tone: 'over', text: by === undefined ? 'revoked' : `revoked (${by})` };
    case 'voided':
      return { tone: 'failed', text: `wrong port, attempt voided (stage ${stage})` };
    case 'sequence_timeout':
      return { tone: 'failed', text: `sequence timeout (stage ${stage})` };
    default:
      return { tone: 'step', text: [event, ...others(fields)].join(' ') };
  }
}

function seconds(ttl: string | undefined): string {
  return `${Math.round(Number(ttl) * 10) / 10} s`;
}

/** Of an event that this version does not know: what it says besides. */
function others({ event: _event, at: _at, ip: _ip, ...fields }: AuditEntry): string[] {
  return Object.entries(fields).map(([name, value]) => `${name}=${value}`);
}
