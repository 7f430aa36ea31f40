import { useLayoutEffect, useRef } from 'preact/hooks';
import { onTick } from './ticker.js';

interface Props {
  readonly deadlineMs: number;
  /** Around the number. */
  readonly before?: string;
  readonly after: string;
}

/** Seconds that run down within a line of text. */
export function SecondsLeft({ deadlineMs, before = '', after }: Props) {
  const text = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    let shown = -1;
    return onTick((nowMs) => {
      const left = Math.max(0, Math.ceil((deadlineMs - nowMs) / 1000));
      if (left === shown) return;
      shown = left;
      text.current!.textContent = `${before}${left}${after}`;
    });
  }, [deadlineMs, before, after]);
  return <span class="num" ref={text} />;
}
