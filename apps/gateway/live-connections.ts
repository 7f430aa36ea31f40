import type { GrantKey } from '#grants';

/** Something live that a grant carries: a connection, or one exchange on a proxy's connection. */
export interface Live {
  /** Ends it now. */
  cut(): void;
  /** Lets the exchange under way end, and ends it then; ends it now if there is none. */
  drain(): void;
}

/** What is open, here or in the workers. The answers are how many there were. */
export abstract class LiveConnections {
  /** Ends what this IP has open at this door, one way or the other. */
  abstract end(key: GrantKey, how: keyof Live): number | Promise<number>;

  /** Cuts everything at this door, or everything. */
  abstract cutAll(door?: string): number | Promise<number>;
}
