/** What is wrong with a value and what to write instead; `item` (from 0) says which item of a list it is. */
export interface Flaw {
  readonly what: string;
  readonly instead: string;
  readonly item?: number;
  /** Why no other value would do: what it belongs to has no use here. */
  readonly hopeless?: string;
}

/** What a reader makes of a value. */
export type Parsed<T> =
  { readonly kind: 'ok'; readonly value: T } | { readonly kind: 'wrong'; readonly flaws: readonly Flaw[] };

export function ok<T>(value: T): Parsed<T> {
  return { kind: 'ok', value };
}

export function wrong(...flaws: readonly Flaw[]): Parsed<never> {
  return { kind: 'wrong', flaws };
}
