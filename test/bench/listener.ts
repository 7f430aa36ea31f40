import { NetLab } from '../lab/netlab.js';
import { SEQUENCE } from './knockers.js';
import { type Capture, KnockgateHost } from './knocked-host.js';
import { cpuSeconds } from './process-figures.js';
import { type Effort, type Figure, median, type Report } from './report.js';
import { type Flooded, SpoofedFlood } from './spoofed-flood.js';

const STEPS = {
  quick: { perSecond: [100_000, 150_000, 300_000], seconds: 0.7 },
  whole: { perSecond: [100_000, 150_000, 200_000, 250_000, 300_000, 400_000], seconds: 2 },
} as const;
const TARGET = { packet: 300_000, raw: 150_000 } as const;
/** What the sender must have reached of a rate, or it is the sender that is measured. */
const REACHED = 0.95;
const RECIPE_DROP = ['-A', 'INPUT', '-p', 'tcp', '--syn', '-j', 'DROP'];

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

/** How many packets a second does the listener take before it drops one? */
export async function listener({ quick, rounds }: Effort): Promise<Report> {
  const steps = quick ? STEPS.quick : STEPS.whole;
  await using lab = await NetLab.create({ clients: ['attacker'] });
  const found: Record<Capture, Capacity[]> = { packet: [], raw: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const capture of ['packet', 'raw'] as const) found[capture].push(await capacityOf(lab, capture, steps));
  }
  return {
    title: 'How many packets a second does the listener take?',
    lead: `SYNs under spoofed sources at the four ports of the recipe's sequence, so that each one passes the filter in the kernel, is decoded and
looked for among the attempts: at ${steps.perSecond.map((rate) => rate.toLocaleString('en')).join(', ')} a second, ${steps.seconds} s each, until the listener says that packets were
lost. With \`capture: packet\` the host's firewall drops SYNs behind the listener, as the recipe's does. The sender, the kernel's work for
each packet and the listener share the cores.`,
    figures: (['packet', 'raw'] as const).flatMap((capture) => figuresOf(capture, found[capture])),
    findings: (['packet', 'raw'] as const)
      .map(
        (capture) => `\`${capture}\`: each round ended by ${found[capture].map(({ boundBy }) => boundBy).join(', ')}.`,
      )
      .join('\n'),
  };
}

async function capacityOf(lab: NetLab, capture: Capture, steps: (typeof STEPS)[keyof typeof STEPS]): Promise<Capacity> {
  await using ours = await KnockgateHost.start(lab.server, { capture, command: 'listen' });
  await using _ = await dropping(lab, capture);
  let best = { perSecond: 0, cpuMicros: 0 };
  for (const perSecond of steps.perSecond) {
    const load = await loadWith(lab, ours, perSecond, perSecond * steps.seconds);
    if (load.dropped > 0) return { ...best, boundBy: 'drops' };
    best = { perSecond: load.sent / load.seconds, cpuMicros: (load.cpuSeconds * 1e6) / load.sent };
    if (best.perSecond < REACHED * perSecond) return { ...best, boundBy: 'the sender' };
  }
  return { ...best, boundBy: 'the last step' };
}

async function loadWith(lab: NetLab, ours: KnockgateHost, perSecond: number, count: number): Promise<Load> {
  const before = await cpuSeconds(ours.pid);
  const after = ours.knockgate.program.lineCount;
  const [from, to] = [lab.host('attacker'), lab.server];
  await using flooding = await SpoofedFlood.start({ from, to, ports: SEQUENCE, perSecond, count });
  const flooded = await flooding.ended();
  return { ...flooded, dropped: await ours.dropped(after), cpuSeconds: (await cpuSeconds(ours.pid)) - before };
}

/** With `packet`, for as long as it is held: then what the kernel does with a packet once it has been heard is little. */
async function dropping({ server }: NetLab, capture: Capture): Promise<AsyncDisposable> {
  if (capture === 'raw') return { [Symbol.asyncDispose]: () => Promise.resolve() };
  const { code, stderr } = await server.run('iptables', RECIPE_DROP);
  if (code !== 0) throw new Error(`iptables: ${stderr}`);
  return {
    async [Symbol.asyncDispose]() {
      await server.run('iptables', ['-F']);
    },
  };
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
