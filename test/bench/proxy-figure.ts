import type { Values, Who } from './measure-proxies.js';
import { type Contender, type Figure, median } from './report.js';

export interface ProxyFigureSettings {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly values: Values;
  /** In the report's order; those that were not measured are left out. The first one was, and a target is about it. */
  readonly peers: readonly [Who, ...Who[]];
  readonly target?: ProxyTarget;
}

export interface ProxyTarget {
  readonly text: string;
  /** @param ratio ours to the first peer's, by the medians */
  readonly holds: (ratio: number) => boolean;
}

const TITLE: Readonly<Record<Who, string>> = {
  knockgate: 'knockgate',
  'http-proxy': 'bare http-proxy',
  '@fastify/http-proxy': '@fastify/http-proxy',
  nginx: 'nginx as proxy',
  HAProxy: 'HAProxy tcp',
  'relay in Node': 'relay in Node',
};

/** @throws if knockgate or the first peer was not measured */
export function proxyFigure({ name, what, unit, values, peers, target }: ProxyFigureSettings): Figure {
  const [ours, theirs] = [values.knockgate, values[peers[0]]];
  if (ours === undefined || theirs === undefined) throw new Error(`${name}: not measured`);
  const measured = peers.flatMap((who): Contender[] => {
    const own = values[who];
    return own === undefined ? [] : [{ who: TITLE[who], values: own }];
  });
  const figure = { name, what, unit, ours, peers: measured };
  if (target === undefined) return figure;
  return { ...figure, target: { text: target.text, met: target.holds(median(ours) / median(theirs)) } };
}
