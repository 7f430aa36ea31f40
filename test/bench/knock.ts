import { giveAddresses } from '../lab/give-addresses.js';
import type { Host } from '../lab/host.js';
import { NetLab } from '../lab/netlab.js';
import { knock as knockFrom } from './knockers.js';
import { type Capture, KnockdHost, KnockgateHost } from './knocked-host.js';
import { quantile } from './quantile.js';
import { type Effort, type Figure, median, type Report } from './report.js';

/** knockd's times are spread evenly over 50 ms: the median of a few would be anything. */
const LOAD = {
  quick: { ours: 40, knockd: 10, captures: ['packet'] },
  whole: { ours: 100, knockd: 50, captures: ['packet', 'raw'] },
} as const;
/** From one knock to the next: longer than what one takes. */
const SPACING_MS = { ours: 20, knockd: 150 } as const;
const ASK_MS = 0.2;
const PATIENCE_MS = 2000;
const TARGET = { p50: 3, p99: 10 } as const;
/** Of knockd's median. */
const OF_KNOCKD = 1 / 15;
const PARTS = { p50: 0.5, p99: 0.99 } as const;

/** ms of each knock, by round. */
interface Times {
  readonly ours: number[][];
  readonly knockd: number[][];
}

/** How long after the last knock is a visitor let in? */
export async function knock({ quick, rounds }: Effort): Promise<Report> {
  const load = quick ? LOAD.quick : LOAD.whole;
  await using lab = await NetLab.create({ clients: ['visitor', 'recipe'] });
  const [visitor, recipe] = [lab.host('visitor'), lab.host('recipe')];
  const sources = await giveAddresses(visitor, { count: load.ours, knownTo: [lab.server, recipe] });
  await using knockd = await KnockdHost.start(recipe);
  const measure = async (to: Host, count: number, spacingMs: number): Promise<number[]> => {
    const pace = { spacingMs, gapMs: 0, askMs: ASK_MS, patienceMs: PATIENCE_MS };
    return allOf(await knockFrom({ from: visitor, to, sources: sources.slice(0, count), ...pace }));
  };
  const figures: Figure[] = [];
  for (const capture of load.captures) {
    await using ours = await KnockgateHost.start(lab.server, { capture });
    const times: Times = { ours: [], knockd: [] };
    for (let round = 0; round < rounds; round += 1) {
      times.ours.push(await measure(lab.server, load.ours, SPACING_MS.ours));
      times.knockd.push(await measure(recipe, load.knockd, SPACING_MS.knockd));
      await ours.shut();
      await knockd.shut();
    }
    figures.push(figureOf(capture, times, 'p50'), figureOf(capture, times, 'p99'));
  }
  return {
    title: 'How long after the last knock is a visitor let in?',
    lead: `From the last SYN of a knock until the visitor's own machine has the SYN+ACK of the door: after its last knock it sends a
fresh SYN every ${ASK_MS} ms, so that no retransmission is waited for. \`knockgate up\` with a real Redis and \`hide: auto\` (closed), and the recipe's
knockd with its iptables rules, which drop. Each round: ${load.ours} visitors knock at knockgate and ${load.knockd} at knockd, each from an address of
its own, all four knocks at once, ${SPACING_MS.ours} and ${SPACING_MS.knockd} ms after one another. Nothing is warmed up: the first round's first knocks are in it.`,
    figures,
  };
}

/** @throws if one was not let in: then there is no time to tell */
function allOf(times: readonly (number | undefined)[]): number[] {
  const found = times.filter((ms) => ms !== undefined);
  if (found.length < times.length) throw new Error(`only ${found.length} of ${times.length} knocks opened`);
  return found;
}

function figureOf(capture: Capture, times: Times, part: keyof typeof PARTS): Figure {
  const [ours, knockd] = [times.ours, times.knockd].map((all) => all.map((round) => quantile(round, PARTS[part]))) as [
    number[],
    number[],
  ];
  const most = TARGET[part];
  return {
    name: `knock-${capture}-${part}`,
    what: `last SYN until let in, ${part}, \`capture: ${capture}\``,
    unit: 'ms',
    ours,
    peers: [{ who: 'knockd + iptables', values: knockd }],
    target:
      part === 'p50'
        ? {
            text: `under ${most} ms, at most 1/15`,
            met: median(ours) < most && median(ours) <= median(knockd) * OF_KNOCKD,
          }
        : { text: `under ${most} ms`, met: median(ours) < most },
  };
}
