type Tick = (nowMs: number) => void;

const STEP_MS = 100;
const CALM_STEP_MS = 1000;
const calm = matchMedia('(prefers-reduced-motion: reduce)');

const ticks = new Set<Tick>();
let frame: number | undefined;
let lastMs = 0;

/** One loop for all that runs with time, at most ten times a second; it rests while there is nothing, or nobody to see it. */
export function onTick(tick: Tick): () => void {
  tick(performance.now());
  ticks.add(tick);
  frame ??= requestAnimationFrame(step);
  return () => ticks.delete(tick);
}

function step(): void {
  frame = ticks.size > 0 ? requestAnimationFrame(step) : undefined;
  const nowMs = performance.now();
  if (nowMs - lastMs < (calm.matches ? CALM_STEP_MS : STEP_MS)) return;
  lastMs = nowMs;
  for (const tick of ticks) tick(nowMs);
}
