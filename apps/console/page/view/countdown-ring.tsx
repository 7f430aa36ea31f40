import { useLayoutEffect, useRef } from 'preact/hooks';
import { ringShare } from '../model/ring-share.js';
import { secondsText, shortSeconds } from '../model/seconds-text.js';
import { onTick } from './ticker.js';

interface Props {
  readonly deadlineMs: number;
  readonly lastsMs: number;
}

const ALMOST_OVER_MS = 10_000;

/** The time that is left, draining; drawn by the ticker, past Preact. */
export function CountdownRing({ deadlineMs, lastsMs }: Props) {
  const root = useRef<HTMLSpanElement>(null);
  const arc = useRef<SVGCircleElement>(null);
  const text = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    let shown = '';
    return onTick((nowMs) => {
      const leftMs = deadlineMs - nowMs;
      arc.current?.setAttribute('stroke-dashoffset', String(1 - ringShare(leftMs, lastsMs)));
      const left = shortSeconds(leftMs);
      if (left === shown) return;
      shown = left;
      text.current!.textContent = left;
      text.current!.classList.toggle('long', left.length > 2);
      root.current!.classList.toggle('low', leftMs < ALMOST_OVER_MS);
      root.current!.setAttribute('aria-label', `${secondsText(Math.max(0, Math.ceil(leftMs / 1000)))} left`);
    });
  }, [deadlineMs, lastsMs]);
  return (
    <span class="ring" role="img" ref={root}>
      <svg viewBox="0 0 36 36" aria-hidden="true">
        <circle class="track" cx="18" cy="18" r="15.5" />
        <circle class="arc" ref={arc} cx="18" cy="18" r="15.5" pathLength="1" stroke-dasharray="1" />
      </svg>
      <span class="left" ref={text} aria-hidden="true" />
    </span>
  );
}
