import type { Command } from 'commander';
import { type DoorSettings, parseSequence } from '#config';
import { CommandFailed } from '../command-failed.js';
import { withTexts } from '../command-texts.js';
import { type ConfigOptions, readSettings, withConfig } from '../config-options.js';
import { type DoorKnock, doorNamed, knockOf } from '../door-knock.js';
import { resolveHost, sendKnocks } from '../knock-client.js';
import { print, say } from '../say.js';
import { waitForPage } from '../wait-for-page.js';

const WAIT_MS = 15_000;

interface KnockOptions extends ConfigOptions {
  readonly delay: string;
  readonly door?: string;
  readonly wait?: string;
  readonly json?: boolean;
  readonly '4'?: boolean;
  readonly '6'?: boolean;
}

export function addKnock(program: Command): void {
  const command = program
    .command('knock')
    .description('knock at a host: its sequence is given, or read from the config')
    .argument('<host>', 'name or address; all its addresses are knocked at')
    .argument('[port[:tcp|udp]...]', 'the sequence, in order')
    .option('--delay <ms>', 'pause between two knocks', '100')
    .option('-4', 'IPv4 only')
    .option('-6', 'IPv6 only')
    .option('--door <name>', 'whose sequence to take from the config, if it has several doors')
    .option('--wait <url>', 'then ask for this page until it answers')
    .option('--json', 'print the result as JSON');
  withTexts(withConfig(command), {
    examples: [
      'knockgate knock example.org 7341 6120 9853:udp',
      'knockgate knock example.org --wait http://example.org/   # sequence: knockgate.yaml',
    ],
    exit: { 0: 'sent (with --wait: the page answered)', 1: 'not', 2: 'wrong usage' },
  }).action((host: string, ports: string[], options: KnockOptions) => knock(host, ports, options));
}

async function knock(host: string, ports: readonly string[], options: KnockOptions): Promise<void> {
  expectHost(host);
  const { steps, door } = whatToKnock(ports, options);
  const delayMs = Number(options.delay);
  if (!(delayMs >= 0 && delayMs <= 60_000)) {
    throw new CommandFailed([`--delay: not a number of milliseconds from 0 to 60000: ${options.delay}`], 2);
  }
  if (options.wait !== undefined) requireUrl(options.wait);
  const addresses = await addressesOf(host, options);
  say(`knocking at ${host} (${addresses.join(', ')})`);
  await sendKnocks({ addresses, steps, delayMs }, (step) => say(`  knock ${step} of ${steps.length}`)).catch(
    (error: NodeJS.ErrnoException) => {
      throw new CommandFailed([`${host}: cannot send a knock: ${error.code ?? error.message}`], 1, { cause: error });
    },
  );
  if (options.wait === undefined) {
    if (options.json === true) print(JSON.stringify({ host, addresses, knocks: steps.length }));
    return;
  }
  await wait(options.wait, { host, addresses, door, json: options.json === true, knocks: steps.length });
}

interface Sent {
  readonly host: string;
  readonly addresses: readonly string[];
  readonly knocks: number;
  readonly door: DoorSettings | undefined;
  readonly json: boolean;
}

async function wait(url: string, { host, addresses, knocks, door, json }: Sent): Promise<void> {
  const tookMs = await waitForPage(url, WAIT_MS);
  if (tookMs === undefined) {
    throw new CommandFailed([`${url} did not answer within ${WAIT_MS / 1000} s of the last knock`], 1);
  }
  const seconds = door === undefined ? undefined : door.cmdTimeoutMs / 1000;
  const stays = seconds === undefined ? "how long it stays is the server's to say" : `it stays for ${seconds} s`;
  if (json)
    print(JSON.stringify({ host, addresses, knocks, opened_after_ms: Math.round(tookMs), stays_s: seconds ?? null }));
  else print(`open: ${url} answered after ${Math.round(tookMs)} ms; ${stays}`);
}

/** SECURITY: a port that came with it may be the first of a sequence, and is not repeated. */
function expectHost(text: string): void {
  const [, scheme, url] = /^([a-z]+:\/\/)([^/:]*)/iu.exec(text) ?? [];
  if (scheme !== undefined) {
    throw new CommandFailed([`this is a URL: name the host alone (${url}), and the page by --wait URL`], 2);
  }
  const [, host] = /^([^:]+|\[.*\]):\d+(?::(?:tcp|udp))?$/u.exec(text) ?? [];
  if (host === undefined) return;
  throw new CommandFailed([`host and ports are arguments of their own: knockgate knock ${host} PORT[:tcp|udp] …`], 2);
}

function sequenceHint(ports: readonly string[]): string[] {
  if (ports.some((port) => /^\D/u.test(port))) return ['a door is named by --door NAME'];
  return ports.some((port) => port.includes(',')) ? ['the ports stand apart, without commas'] : [];
}

function whatToKnock(ports: readonly string[], options: KnockOptions): Pick<DoorKnock, 'steps'> & Partial<DoorKnock> {
  if (ports.length > 0) {
    const parsed = parseSequence(ports);
    if (parsed.kind === 'wrong') {
      throw new CommandFailed(
        parsed.flaws.map(({ what, instead }) => [`the sequence: ${what}`, instead, ...sequenceHint(ports)].join('; ')),
        2,
      );
    }
    return { steps: parsed.value };
  }
  return knockOf(doorNamed(options.door, readSettings(options, say)));
}

async function addressesOf(host: string, options: KnockOptions): Promise<string[]> {
  const family = options['4'] === true ? 4 : options['6'] === true ? 6 : 0;
  try {
    return await resolveHost(host, family);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new CommandFailed([`${host}: no address found (${code}); check the name, or give an IP address`], 1, {
      cause: error,
    });
  }
}

function requireUrl(text: string): void {
  if (!/^https?:\/\//u.test(text) || !URL.canParse(text)) {
    throw new CommandFailed([`--wait: not an http:// or https:// URL: ${text}`], 2);
  }
}
