import { randomInt } from 'node:crypto';
import type { Command } from 'commander';
import { canonicalAddress, isLoopback, parseAddress } from '#address';
import type { DoorSettings, ListenAddress, Settings } from '#config';
import { familyOf } from '#kernel';
import type { PortSet } from '#knock';
import { CommandFailed } from '../command-failed.js';
import { withTexts } from '../command-texts.js';
import { type ConfigOptions, readSettings, withConfig } from '../config-options.js';
import { doorNamed } from '../door-knock.js';
import { print, say } from '../say.js';
import { askTarget, type Compared, type Question } from '../stealth/ask-target.js';
import { askFromNamespace, type OwnAddresses } from '../stealth/vantage.js';

interface StealthOptions extends ConfigOptions {
  readonly target?: string;
  readonly json?: boolean;
}

const FIRST_PORT = 1024;
const LAST_PORT = 32_767; // beyond are those that connections of this host use

export function addStealth(program: Command): void {
  const command = program
    .command('stealth')
    .description("whether anything tells a door's hidden port from an empty one")
    .argument('[door]', 'its name, if the config has several')
    .option('--target <ip>', 'the host of the door, looked at from here; else this host, from a namespace')
    .option('--upstream <url>', 'what is behind the doors that name nothing')
    .option('--json', 'print it all as JSON');
  withTexts(withConfig(command), {
    details: [
      'Sends what a scanner would (SYN, ACK, FIN, NULL, Xmas, UDP …, some forty packets an address) to the port of the door and to two ports at which nothing listens, and compares the answers byte for byte. It looks as a stranger: from a network namespace that it makes for the time, as root, or with --target from the machine that it is run on, which has no grant.',
      'The knockgate of the door should be running: a port that is truly empty cannot be told from an empty one either.',
    ],
    examples: ['knockgate stealth HTTP', 'knockgate stealth HTTP --target 192.0.2.1'],
    exit: { 0: 'not told apart', 1: 'told apart, or it could not be found out', 2: 'wrong usage or config' },
  }).action((door: string | undefined, options: StealthOptions) => stealth(door, options));
}

async function stealth(name: string | undefined, options: StealthOptions): Promise<void> {
  const settings = readSettings(options, say);
  const door = doorNamed(name, settings);
  const compared =
    options.target === undefined ? await fromNamespace(door, settings) : await fromHere(options.target, door, settings);
  const told = compared.filter(({ verdict }) => verdict.kind === 'apart').length;
  const unsure = compared.filter(({ verdict }) => verdict.kind === 'unsure').length;
  if (options.json === true) print(JSON.stringify({ door: door.name, hidden: told + unsure === 0, compared }));
  else for (const each of compared) print(line(each));
  say(`${door.name}: ${summary(compared, told, unsure)}`);
  if (told + unsure > 0) process.exitCode = 1;
}

async function fromNamespace(door: DoorSettings, settings: Settings): Promise<readonly Compared[]> {
  const { servedPorts } = await import('../../listener/index.js'); // with all of Nest, which other commands don't need
  const served = await servedPorts();
  const ask = (own: OwnAddresses): Question[] =>
    door.listen.flatMap((address) => {
      const target = reachable(address, own);
      return target === undefined
        ? []
        : [{ target, hiddenPort: address.port, emptyPorts: emptyPorts(settings, served) }];
    });
  const compared = await askFromNamespace(ask);
  if (compared.length > 0) return compared;
  throw new CommandFailed([`door ${door.name} listens where only this host comes; nothing else can see it`], 1);
}

/** Where a neighbour finds what listens there; undefined: nowhere. */
function reachable({ host }: ListenAddress, own: OwnAddresses): string | undefined {
  if (host === '0.0.0.0') return own[4];
  if (host === '::') return own[6];
  if (isLoopback(parseAddress(host)!) || own[familyOf(host)] === undefined) return undefined;
  return host;
}

async function fromHere(text: string, { listen }: DoorSettings, settings: Settings): Promise<readonly Compared[]> {
  const target = canonicalAddress(text);
  if (target === undefined) throw new CommandFailed([`--target: no IP address: ${text}`], 2);
  const { port } = listen.find(({ host }) => familyOf(host) === familyOf(target)) ?? listen[0]!;
  const question = { target, hiddenPort: port, emptyPorts: emptyPorts(settings, undefined) };
  try {
    return await askTarget(question);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const reason = code === 'EPERM' ? 'no right to raw sockets (CAP_NET_RAW); run it as root' : `${target}: ${code}`;
    throw new CommandFailed([reason], 1, { cause: error });
  }
}

/**
 * Two ports at which nothing listens, as far as can be known here.
 * SECURITY: they are shown, so none is a sequence's.
 */
function emptyPorts({ doors }: Settings, served: PortSet | undefined): readonly [number, number] {
  const taken = new Set(doors.flatMap(({ listen, sequence }) => [...listen, ...sequence].map(({ port }) => port)));
  const choose = (): number => {
    for (;;) {
      const port = randomInt(FIRST_PORT, LAST_PORT);
      if (taken.has(port) || served?.has('tcp', port) === true || served?.has('udp', port) === true) continue;
      taken.add(port);
      return port;
    }
  };
  return [choose(), choose()];
}

function line({ target, probe, verdict }: Compared): string {
  const about = `${target} ${probe}`;
  if (verdict.kind === 'unsure') return `unsure  ${about}: two empty ports differ: ${verdict.empty.join('; ')}`;
  if (verdict.kind === 'alike') return `alike   ${about}: ${verdict.hidden}`;
  return `apart   ${about}: hidden: ${verdict.hidden}; empty: ${verdict.empty}`;
}

function summary(compared: readonly Compared[], told: number, unsure: number): string {
  const all = `${compared.length} probes`;
  if (told > 0) return `told apart by ${told} of ${all}; knockgate doctor says which way of hiding this host can do`;
  if (unsure > 0) return `${unsure} of ${all} could not be compared; try again`;
  const silent = compared.every(({ verdict }) => verdict.kind === 'alike' && verdict.hidden === 'silence');
  return silent
    ? `not told apart: none of ${all} was answered by any port; a host that is away looks like that too`
    : `not told apart by ${all}`;
}
