/**
 * One thing wrong in a config file, or worth a warning: what it is and what to do instead. Texts name keys and doors,
 * never a value: a value may be a sequence, a password, or a sequence written where another key should be.
 */
export interface Fault {
  /** As the operator named it; for a setting from elsewhere the name of the variable or option. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly what: string;
  readonly instead: string;
}
