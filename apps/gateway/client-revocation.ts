import type { GrantKey } from '#grants';

/** Ends a grant at the wish of its own client, here or by the first process. */
export abstract class ClientRevocation {
  /** Resolves with whether the grant is no more, within a few seconds in any case. Never rejects. */
  abstract revoke(key: GrantKey): Promise<boolean>;
}
