import type { GrantKey } from '#grants';

/** What the gate decides by: this process's own copy of the grants. */
export abstract class GrantCheck {
  /** Whether this IP (canonical) may use this door now: a look-up in memory. */
  abstract allows(key: GrantKey): boolean;

  /** How long it still may; 0 if it may not. */
  abstract leftMs(key: GrantKey): number;
}
