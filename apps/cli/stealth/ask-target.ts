import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { type Address, isIPv4, parseAddress } from '#address';
import { monotonicMs } from '#grants';
import { ProbeSocket } from '#kernel';
import { type Answer, answerIn } from './answer.js';
import { type Answers, compareAnswers, type Verdict } from './compare-answers.js';
import { type Probe, probeBytes, PROBES } from './probe.js';

/** What to ask. All ports are asked the same from the same source port. */
export interface Question {
  /** Canonical. */
  readonly target: string;
  readonly hiddenPort: number;
  /** Two at which nothing listens. */
  readonly emptyPorts: readonly [number, number];
}

export interface Compared {
  readonly target: string;
  readonly probe: string;
  readonly verdict: Verdict;
}

/** How long the answers of a round may take; where all have come they are not waited for. */
const ANSWER_WITHIN_MS = 1000;
const POLL_MS = 2;
/** A packet may get lost: what differs is asked again, after a time in which a closed UDP port may answer again. */
const ROUNDS = 3;
const BETWEEN_ROUNDS_MS = 1500;
/** Below those that the kernel gives to this host's own connections (ip_local_port_range). */
const FIRST_SOURCE_PORT = 20_000;
const SOURCE_PORTS = 10_000;

/**
 * Sends each probe to the hidden port and to two empty ones, and compares: some hundred packets at most.
 * @throws (rejects) with the system's error: EPERM without CAP_NET_RAW, ENETUNREACH
 */
export async function askTarget(question: Question): Promise<Compared[]> {
  const target = parseAddress(question.target)!;
  const socket = new ProbeSocket(isIPv4(target) ? 4 : 6, target);
  try {
    const asking = new Asking(socket, question, parseAddress(await sourceFor(question.target))!);
    await asking.ask(PROBES.slice(0, 1)); // so that neighbours know each other
    const verdicts = new Map<Probe, Verdict>();
    for (let round = 1, probes = PROBES; probes.length > 0 && round <= ROUNDS; round += 1) {
      if (round > 1) await delay(BETWEEN_ROUNDS_MS);
      for (const [probe, answers] of await asking.ask(probes)) verdicts.set(probe, compareAnswers(answers));
      probes = probes.filter((probe) => verdicts.get(probe)!.kind !== 'alike');
    }
    return PROBES.map((probe) => ({ target: question.target, probe: probe.name, verdict: verdicts.get(probe)! }));
  } finally {
    socket.close();
  }
}

class Asking {
  private sourcePort = FIRST_SOURCE_PORT + randomInt(SOURCE_PORTS);
  private readonly target: Address;
  private readonly ports: readonly [hidden: number, one: number, other: number];

  constructor(
    private readonly socket: ProbeSocket,
    { target, hiddenPort, emptyPorts }: Question,
    private readonly source: Address,
  ) {
    this.target = parseAddress(target)!;
    this.ports = [hiddenPort, ...emptyPorts];
  }

  /** All at once, each from a port of its own, by which its answers are known. */
  async ask(probes: readonly Probe[]): Promise<Map<Probe, Answers>> {
    const asked = new Map(probes.map((probe) => [(this.sourcePort += 1), probe]));
    const heard = new Map(probes.map((probe) => [probe, this.ports.map((): Answer[] => [])]));
    while (this.socket.receive() !== undefined); // what came before is no answer
    for (const [sourcePort, probe] of asked) this.send(probe, sourcePort);
    const deadlineMs = monotonicMs() + ANSWER_WITHIN_MS;
    while (monotonicMs() < deadlineMs && [...heard.values()].flat().some((answers) => answers.length === 0)) {
      for (let packet = this.socket.receive(); packet !== undefined; packet = this.socket.receive()) {
        const answer = answerIn(packet);
        const probe = answer && asked.get(answer.fromPort);
        if (probe !== undefined) heard.get(probe)![this.ports.indexOf(answer!.askedPort)]?.push(answer!);
      }
      await delay(POLL_MS);
    }
    const answers = Array.from(
      heard,
      ([probe, [hidden, one, other]]) => [probe, { hidden: hidden!, empty: [one!, other!] }] as const,
    );
    return new Map(answers);
  }

  private send(probe: Probe, sourcePort: number): void {
    for (const targetPort of this.ports) {
      const way = { source: this.source, target: this.target, sourcePort, targetPort };
      this.socket.send(probe.protocol, probeBytes(probe, way));
    }
  }
}

/** The address of this host that the kernel would send from. */
async function sourceFor(target: string): Promise<string> {
  const socket = createSocket(target.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.connect(9, target); // sends nothing
    await once(socket, 'connect');
    return socket.address().address;
  } finally {
    socket.close();
  }
}
