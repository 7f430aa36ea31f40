/**
 * What became of a packet, or of an attempt without one, as the journal keeps it:
 *
 * - `advanced`: a step was made. `completed`: the last one.
 * - `repeat`: the step just made once more, ignored. `exempt`: a port that never voids, ignored. `flags`: not those that
 *   the door counts, ignored.
 * - `voided`: a wrong port ended the attempt. `restarted`: so it did, and was a first knock.
 * - `late`: the time was over when it came. `late_restarted`: so it was, and it was a first knock.
 * - of attempts that listeners share: `untold`: it could not be told to Redis. `lost`: the attempt ended, for another packet
 *   of that source could not be told.
 * - `stray`: there was no attempt, and it was no first knock.
 * - `timed_out`: no packet; the time was over.
 * - the others: no packet; what came of a completed knock.
 */
export const VERDICTS = [
  'advanced',
  'completed',
  'repeat',
  'exempt',
  'flags',
  'voided',
  'restarted',
  'late',
  'late_restarted',
  'untold',
  'lost',
  'stray',
  'timed_out',
  'opened',
  'extended',
  'bridge_refused',
  'sequence_used',
  'sequence_file_failed',
  'grant_failed',
] as const;

export type Verdict = (typeof VERDICTS)[number];
