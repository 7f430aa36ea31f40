import { type RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

/** For the element that has the focus as soon as it is there. */
export function useFocus<T extends HTMLElement>(): RefObject<T | null> {
  const ref = useRef<T>(null);
  useLayoutEffect(() => ref.current?.focus({ preventScroll: true }), []);
  return ref;
}
