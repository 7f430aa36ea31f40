import { NetLab } from '../lab/netlab.js';
import { type Flooded, SpoofedFlood } from '../lab/traffic/spoofed-flood.js';
import { SEQUENCE } from './knockers.js';
import { type Capture, KnockgateHost } from './knocked-host.js';
import { type PlainLink, plainLink } from './plain-link.js';
import { cpuTime } from './cpu-time.js';
import { recipeDrop } from './recipe-drop.js';
import { type Effort, type Figure, median, type Report } from './report.js';

const CAPTURES = ['packet', 'raw'] as const;
const STEPS = {
  quick: { packet: [300_000], raw: [150_000], seconds: 0.7 },
  whole: {
    packet: [150_000, 300_000, 400_000, 500_000],
    raw: [100_000, 150_000, 200_000, 250_000, 300_000],
    seconds: 1,
  },
} as const;
const TARGET = { packet: 300_000, raw: 150_000 } as const;
/** What the sender must have reached of a rate, or it is the sender that is measured. */
const REACHED = 0.95;
/** More than any sender reaches. */
const UNBOUNDED = 5_000_000;
const SENT_ALONE = 300_000;

interface Load extends Flooded {
  readonly dropped: number;
  readonly cpuSeconds: number;
}

interface Capacity {
  /** The highest rate without a drop. */
  readonly perSecond: number;
  /** µs on any core for each packet, at that rate. */
  readonly cpuMicros: number;
  readonly boundBy: 'drops' | 'the sender' | 'the last step';
}

/** Where the packets come from. */
interface Scene {
  readonly lab: NetLab;
  readonly link: PlainLink;
  readonly steps: (typeof STEPS)[keyof typeof STEPS];
}

/** How many packets a second does the listener take before it drops one? */
export async function listener({ quick, rounds }: Effort): Promise<Report> {
  const steps = quick ? STEPS.quick : STEPS.whole;
  await using lab = await NetLab.create({ clients: ['attacker'] });
  const scene: Scene = { lab, link: await plainLink(lab, lab.host('attacker')), steps };
  const alone: Record<Capture, number[]> = { packet: [], raw: [] };
  const found: Record<Capture, Capacity[]> = { packet: [], raw: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const capture of CAPTURES) {
      await using _ = await dropping(lab, capture);
      alone[capture].push(await senderAlone(scene));
      found[capture].push(await capacityOf(scene, capture));
    }
  }
  return {
    title: 'How many packets a second does the listener take?',
    lead: `SYNs under spoofed sources at the four ports of the recipe's sequence, so that each one passes the filter in the kernel, is decoded and
looked for among the attempts, over a link of their own (veth): so many a second, ${steps.seconds} s each, until the listener says that packets were
lost. ${CAPTURES.map((capture) => `\`${capture}\`: ${steps[capture].map((rate) => rate.toLocaleString('en')).join(', ')}`).join('; ')}. With \`packet\` the host's
firewall drops SYNs behind the listener, as the recipe's does. The sender, the kernel's work for each packet and the listener
share the cores.`,
    figures: CAPTURES.flatMap((capture) => figuresOf(capture, found[capture])),
    findings: CAPTURES.map(
      (capture) =>
        `\`${capture}\`: each round ended by ${found[capture].map(({ boundBy }) => boundBy).join(', ')}. The sender, with nobody who hears, reaches ${Math.round(median(alone[capture])).toLocaleString('en')}/s.`,
    ).join('\n'),
  };
}

async function senderAlone({ link, steps }: Scene): Promise<number> {
  const count = SENT_ALONE * steps.seconds;
  await using flooding = await SpoofedFlood.start({ ...link, ports: SEQUENCE, perSecond: UNBOUNDED, count });
  const { sent, seconds } = await flooding.ended();
  return sent / seconds;
}

async function capacityOf({ lab, link, steps }: Scene, capture: Capture): Promise<Capacity> {
  await using ours = await KnockgateHost.start(lab.server, { capture, command: 'listen' });
  let best = { perSecond: 0, cpuMicros: 0 };
  for (const perSecond of steps[capture]) {
    const load = await loadWith(link, ours, { perSecond, count: perSecond * steps.seconds });
    if (load.dropped > 0) return { ...best, boundBy: 'drops' };
    best = { perSecond: load.sent / load.seconds, cpuMicros: (load.cpuSeconds * 1e6) / load.sent };
    if (best.perSecond < REACHED * perSecond) return { ...best, boundBy: 'the sender' };
  }
  return { ...best, boundBy: 'the last step' };
}

async function loadWith(
  link: PlainLink,
  ours: KnockgateHost,
  rate: { readonly perSecond: number; readonly count: number },
): Promise<Load> {
  const before = await cpuTime(ours.pid);
  const after = ours.knockgate.program.lineCount;
  await using flooding = await SpoofedFlood.start({ ...link, ports: SEQUENCE, ...rate });
  const flooded = await flooding.ended();
  const { user, system } = await cpuTime(ours.pid);
  const cpuSeconds = user + system - before.user - before.system;
  return { ...flooded, dropped: await ours.dropped(after), cpuSeconds };
}

/** With `packet`: then what the kernel does with a packet once it has been heard is little. */
async function dropping({ server }: NetLab, capture: Capture): Promise<AsyncDisposable> {
  return capture === 'packet' ? recipeDrop(server) : { [Symbol.asyncDispose]: () => Promise.resolve() };
}

function figuresOf(capture: Capture, found: readonly Capacity[]): Figure[] {
  const rates = found.map(({ perSecond }) => perSecond);
  const target = TARGET[capture];
  return [
    {
      name: `listener-${capture}-rate`,
      what: `packets a second without a loss, \`capture: ${capture}\``,
      unit: '/s',
      ours: rates,
      peers: [],
      target: { text: target.toLocaleString('en'), met: median(rates) >= REACHED * target },
    },
    {
      name: `listener-${capture}-cpu`,
      what: `CPU time of the listener for each packet at that rate, \`capture: ${capture}\``,
      unit: 'µs',
      ours: found.map(({ cpuMicros }) => cpuMicros),
      peers: [],
    },
  ];
}
