import { giveAddresses } from '../lab/give-addresses.js';
import { NetLab } from '../lab/netlab.js';
import { type Flooded, SpoofedFlood } from '../lab/traffic/spoofed-flood.js';
import { knock, SEQUENCE } from './knockers.js';
import { type Capture, KnockdHost, KnockgateHost } from './knocked-host.js';
import { type PlainLink, plainLink } from './plain-link.js';
import { forgetPeak, memoryMb } from './process-figures.js';
import { recipeDrop } from './recipe-drop.js';
import type { Effort, Figure, Report } from './report.js';

/** Half of them the first knock port, which is what starts attempts; the others, and one at which nothing listens. */
const PORTS = [6000, 7000, 6000, 8000, 6000, 9000, 6000, 5555];
const PER_SECOND = { ours: 100_000, knockd: 5000 } as const;
/** What of a rate must have been reached for the figure to count. */
const REACHED = 0.95;
const LOAD = {
  quick: {
    seconds: 6,
    machines: 10,
    people: 2,
    captures: ['packet'],
    tries: 2,
    knockdSeconds: 1,
    patienceMs: 1000,
    sources: 300_000,
  },
  whole: {
    seconds: 60,
    machines: 100,
    people: 100,
    captures: ['packet', 'raw'],
    tries: 5,
    knockdSeconds: 15,
    patienceMs: 2000,
    sources: 10_000_000,
  },
} as const;
const PERSON_GAP_MS = 1000;
const ASK_MS = 20;
const MEMORY_MB = 150;
const MEMORY_PER_SECOND = 250_000;

interface Opened {
  readonly machines: number;
  readonly people: number;
  readonly flooded: Flooded;
}

/** Where a flood comes from and who knocks meanwhile. */
interface Scene {
  readonly lab: NetLab;
  /** From the attacker to the server. */
  readonly link: PlainLink;
  readonly sources: readonly string[];
  readonly load: (typeof LOAD)[keyof typeof LOAD];
}

/** Do knocks still open during a flood of spoofed SYNs, and what does it cost in memory? */
export async function flood({ quick }: Effort): Promise<Report> {
  const load = quick ? LOAD.quick : LOAD.whole;
  await using lab = await NetLab.create({ clients: ['visitor', 'attacker', 'recipe'] });
  const others = [lab.server, lab.host('recipe')];
  const sources = await giveAddresses(lab.host('visitor'), { count: load.machines + load.people, knownTo: others });
  const scene: Scene = { lab, link: await plainLink(lab, lab.host('attacker')), sources, load };
  const knockd = await floodKnockd(scene);
  const figures: Figure[] = [];
  const rates: string[] = [];
  for (const capture of load.captures) {
    const opened = await floodKnockgate(scene, capture);
    rates.push(`\`${capture}\`: ${rateOf(opened.flooded)}`);
    figures.push(...openedFigures(scene, capture, opened, knockd.opened));
  }
  const { beforeMb, afterMb, flooded } = await memoryOf(scene);
  rates.push(`memory: ${rateOf(flooded)}`);
  figures.push(memoryFigure(flooded.sent, [beforeMb, afterMb], knockd));
  return {
    title: 'Do knocks still open during a flood?',
    lead: `A flood of SYNs under spoofed sources, no two of them alike, at ports ${PORTS.join(', ')} in turn: the first knock port, the others, a
closed one. ${PER_SECOND.ours.toLocaleString('en')} a second at \`knockgate up\` for ${load.seconds} s; meanwhile ${load.machines} visitors send their four knocks at once, and ${load.people} with a
second between them as a person does, each from an address of its own. knockd: ${load.tries} visitors at ${PER_SECOND.knockd.toLocaleString('en')} a second. A visitor
counts if the door answers within ${load.patienceMs / 1000} s. Memory: VmRSS of \`knockgate listen\` before a flood at the first knock port alone, and its peak (VmHWM) during it; knockd's VmRSS.`,
    figures,
    findings: [
      `Rates really reached: ${[...rates, `knockd: ${rateOf(knockd.flooded)}`].join('; ')}.`,
      `knockd grew from ${knockd.beforeMb.toFixed(1)} to ${knockd.afterMb.toFixed(1)} MB with ${knockd.flooded.sent.toLocaleString('en')} sources.`,
    ].join('\n\n'),
  };
}

async function floodKnockgate({ lab, link, sources, load }: Scene, capture: Capture): Promise<Opened> {
  await using _ = await KnockgateHost.start(lab.server, { capture });
  const count = PER_SECOND.ours * load.seconds;
  await using flooding = await SpoofedFlood.start({ ...link, ports: PORTS, perSecond: PER_SECOND.ours, count });
  const visitors = { from: lab.host('visitor'), to: lab.server, askMs: ASK_MS, patienceMs: load.patienceMs };
  // all of them knock within the flood's time
  const usableMs = load.seconds * 1000 - load.patienceMs - SEQUENCE.length * PERSON_GAP_MS;
  const [machines, people] = await Promise.all([
    knock({ ...visitors, sources: sources.slice(0, load.machines), gapMs: 0, spacingMs: usableMs / load.machines }),
    knock({
      ...visitors,
      sources: sources.slice(load.machines),
      gapMs: PERSON_GAP_MS,
      spacingMs: usableMs / load.people,
    }),
  ]);
  const flooded = await flooding.ended();
  return { machines: countOf(machines), people: countOf(people), flooded: reached(flooded, PER_SECOND.ours) };
}

interface KnockdFlooded {
  readonly opened: number;
  readonly flooded: Flooded;
  readonly beforeMb: number;
  readonly afterMb: number;
}

async function floodKnockd({ lab, sources, load }: Scene): Promise<KnockdFlooded> {
  const [from, to] = [lab.host('attacker'), lab.host('recipe')];
  await using knockd = await KnockdHost.start(to);
  const beforeMb = await memoryMb(knockd.pid, 'VmRSS');
  const count = PER_SECOND.knockd * load.knockdSeconds;
  await using flooding = await SpoofedFlood.start({ from, to, ports: PORTS, perSecond: PER_SECOND.knockd, count });
  const spacingMs = (load.knockdSeconds * 1000) / load.tries;
  const pace = { gapMs: 0, spacingMs, askMs: ASK_MS, patienceMs: load.patienceMs };
  const times = await knock({ from: lab.host('visitor'), to, sources: sources.slice(0, load.tries), ...pace });
  const flooded = reached(await flooding.ended(), PER_SECOND.knockd);
  return { opened: countOf(times), flooded, beforeMb, afterMb: await memoryMb(knockd.pid, 'VmRSS') };
}

interface Memory {
  readonly beforeMb: number;
  readonly afterMb: number;
  readonly flooded: Flooded;
}

/** Of `capture: packet`, whose ring is in it; the attempts are the same with `raw`. */
async function memoryOf({ lab, link, load }: Scene): Promise<Memory> {
  await using ours = await KnockgateHost.start(lab.server, { capture: 'packet', command: 'listen' });
  await using _ = await recipeDrop(lab.server);
  const beforeMb = await memoryMb(ours.pid, 'VmRSS');
  await forgetPeak(ours.pid);
  const rate = { ports: SEQUENCE.slice(0, 1), perSecond: MEMORY_PER_SECOND, count: load.sources };
  await using flooding = await SpoofedFlood.start({ ...link, ...rate });
  const flooded = await flooding.ended();
  return { beforeMb, afterMb: await memoryMb(ours.pid, 'VmHWM'), flooded };
}

function openedFigures({ load }: Scene, capture: Capture, opened: Opened, ofKnockd: number): Figure[] {
  const peers = [{ who: `knockd, at ${PER_SECOND.knockd}/s`, values: [(100 * ofKnockd) / load.tries] }];
  return (['machines', 'people'] as const).map((who) => ({
    name: `flood-${capture}-${who}`,
    what: `knocks that open, ${who}, \`capture: ${capture}\`, at ${PER_SECOND.ours}/s`,
    unit: '%',
    ours: [(100 * opened[who]) / load[who]],
    peers,
    target: { text: 'all', met: opened[who] === load[who] },
  }));
}

function memoryFigure(sent: number, [before, after]: [number, number], knockd: KnockdFlooded): Figure {
  return {
    name: 'flood-memory',
    what: `memory at most during ${sent.toLocaleString('en')} spoofed sources (${before.toFixed(0)} MB before)`,
    unit: 'MB',
    ours: [after],
    peers: [{ who: `knockd, after ${knockd.flooded.sent.toLocaleString('en')}`, values: [knockd.afterMb] }],
    target: { text: `bounded, below ${MEMORY_MB} MB`, met: after < MEMORY_MB },
  };
}

/** @throws if so much less was sent that the figure would be of something else */
function reached(flooded: Flooded, perSecond: number): Flooded {
  if (flooded.sent / flooded.seconds < REACHED * perSecond) throw new Error(`sent only ${rateOf(flooded)}`);
  return flooded;
}

function rateOf({ sent, seconds }: Flooded): string {
  return `${Math.round(sent / seconds).toLocaleString('en')} SYN/s for ${seconds.toFixed(0)} s`;
}

function countOf(times: readonly (number | undefined)[]): number {
  return times.filter((ms) => ms !== undefined).length;
}
