/** Where something is said, for people: `label` is what that file calls it, `doors.HTTP.sequence` or `[HTTP] sequence`. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly label: string;
}
