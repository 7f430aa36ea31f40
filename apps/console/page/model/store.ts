/** State that changes by actions only, and who wants to know. */
export class Store<S, A> {
  #state: S;
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly reduce: (state: S, action: A) => S,
    initial: S,
  ) {
    this.#state = initial;
  }

  get state(): S {
    return this.#state;
  }

  dispatch(action: A): void {
    const before = this.#state;
    this.#state = this.reduce(before, action);
    if (this.#state !== before) for (const listener of this.#listeners) listener();
  }

  /** @returns ends it */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
