import type { Grant, GrantKey } from '#grants';
import type { Part } from '#runtime';

/** What is known of the grants, and when the store was last heard, on this process's monotonic clock. */
export interface KnownGrants {
  readonly grants: readonly Grant[];
  readonly heardMs: number;
}

/** What is there since what was said before, or has another deadline; and what is there no more. */
export interface GrantChanges {
  readonly news: readonly Grant[];
  readonly gone: readonly GrantKey[];
}

/** Takes on what this process hears of the grants, to others that have no store of their own. */
export abstract class GrantFeed implements Part {
  /** What is wrong with those that it feeds; undefined: all are there and well. */
  abstract readonly problem: string | undefined;

  /** Where those that come later get what is known by then; undefined: nothing that can be relied on. */
  abstract startWith(known: () => KnownGrants | undefined): void;

  /** Who ends a client's own grant where one that is fed asks for it; the answer is whether it is no more. */
  abstract heed(revoke: (key: GrantKey) => Promise<boolean>): void;

  /** These are all; whatever else was said is over. */
  abstract snapshot(grants: readonly Grant[], heardMs: number): void;

  abstract changes(changes: GrantChanges): void;

  /** The store has answered. */
  abstract stayFresh(heardMs: number): void;
}
