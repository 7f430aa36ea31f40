import type { WhyEntry } from '../../listener/index.js';

/** What became of a packet, for people. @param of steps of the door's sequence; undefined: not known */
export function verdictText({ verdict, stage, got }: WhyEntry, of: number | undefined): string {
  const step = (made: number): string => `step ${made}${of === undefined ? '' : ` of ${of}`}`;
  switch (verdict) {
    case 'advanced':
      return step(stage);
    case 'completed':
      return `${step(stage)}: complete`;
    case 'repeat':
      return 'the last step once more: ignored';
    case 'ignored_port':
      return 'in ignore_ports: ignored';
    case 'served_port':
      return 'this host serves it: ignored';
    case 'flags':
      return `flags ${got?.flags ?? ''}: ignored`;
    case 'voided':
      return `wrong port: voided, at ${step(stage)}`;
    case 'restarted':
      return `wrong port: voided; begins anew, ${step(stage)}`;
    case 'late':
      return `too late, at ${step(stage)}`;
    case 'late_restarted':
      return `too late; begins anew, ${step(stage)}`;
    case 'untold':
      return 'could not be told to Redis: ignored';
    case 'lost':
      return `another packet could not be told to Redis: voided, at ${step(stage)}`;
    case 'stray':
      return 'no first knock: ignored';
    case 'timed_out':
      return `time over, at ${step(stage)}`;
    case 'opened':
      return 'granted';
    case 'extended':
      return 'granted: extended';
    case 'bridge_refused':
      return 'address of a container bridge: nothing granted';
    case 'sequence_used':
      return 'one-time sequence used before: nothing granted';
    case 'sequence_file_failed':
      return 'one-time sequence not to be disabled in its file: nothing granted';
    case 'grant_failed':
      return 'the grant could not be written';
    default: {
      const exhaustive: never = verdict;
      return exhaustive;
    }
  }
}
