import { useEffect, useState } from 'preact/hooks';
import type { Store } from '../model/store.js';

/** A part of a store's state; drawn again when that part is another. */
export function useStore<S, A, T>(store: Store<S, A>, part: (state: S) => T): T {
  const [value, setValue] = useState(() => ({ value: part(store.state) }));
  useEffect(() => {
    const take = (): void => {
      const next = part(store.state);
      setValue((known) => (known.value === next ? known : { value: next }));
    };
    take();
    return store.subscribe(take);
    // `part` is the same in meaning at each call
  }, [store]);
  return value.value;
}
