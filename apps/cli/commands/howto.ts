import { type Command } from 'commander';
import { renderUnicodeCompact } from 'uqr';
import { CommandFailed } from '../command-failed.js';
import { withTexts } from '../command-texts.js';
import { type ConfigOptions, readSettings, withConfig } from '../config-options.js';
import { pageAt, serviceAt } from '../door-address.js';
import { type DoorKnock, doorNamed, knockOf } from '../door-knock.js';
import { isPlainHost, knockRecipes, type KnockRecipe, ordinaryKnocks, stepsText } from '../howto/knock-recipes.js';
import { print, say } from '../say.js';

interface HowtoOptions extends ConfigOptions {
  readonly host?: string;
  readonly json?: boolean;
}

const PLACEHOLDER = 'HOST';

export function addHowto(program: Command): void {
  const command = program
    .command('howto')
    .description('ready commands that knock at a door, for each tool, and a QR code; they hold the secret')
    .argument('[door]', 'its name, if the config has several')
    .option('--host <host>', "the server's name or address, as its clients reach it")
    .option('--json', 'print it all as JSON');
  withTexts(withConfig(command), {
    examples: ['knockgate howto --host example.org', 'knockgate howto SSH --host 192.0.2.1 --json'],
    exit: { 0: 'printed', 1: 'no one-time sequence is left', 2: 'wrong usage or config' },
  }).action((door: string | undefined, options: HowtoOptions) => howto(door, options));
}

function howto(name: string | undefined, options: HowtoOptions): void {
  const knock = knockOf(doorNamed(name, readSettings(options, say), '--host'));
  const { host } = options;
  if (host !== undefined && !isPlainHost(host)) throw new CommandFailed([`--host: no name or address: ${host}`], 2);
  const guide = guideTo(knock, host ?? PLACEHOLDER);
  if (options.json === true) return print(JSON.stringify(guide));
  if (host === undefined) say(`${PLACEHOLDER} stands for the server: name it with --host, and there is a QR code too`);
  for (const line of lines(guide, host !== undefined)) print(line);
}

interface Guide {
  readonly door: string;
  readonly host: string;
  readonly steps: DoorKnock['steps'];
  readonly commands: readonly KnockRecipe[];
  /** What the QR code says: knockd's client takes it as it is. Null where no such client can knock. */
  readonly qr: string | null;
  readonly service: string;
  readonly url: string | null;
  readonly opens_for_s: number;
  readonly within_s: number;
  readonly sequences_left: number | null;
}

function guideTo({ door, steps, left }: DoorKnock, host: string): Guide {
  return {
    door: door.name,
    host,
    steps,
    commands: knockRecipes({ host, steps, tcpFlags: door.tcpFlags }),
    qr: ordinaryKnocks({ steps, tcpFlags: door.tcpFlags }) ? `knock ${host} ${stepsText(steps)}` : null,
    service: serviceAt(door, host),
    url: pageAt(door, host) ?? null,
    opens_for_s: door.cmdTimeoutMs / 1000,
    within_s: door.seqTimeoutMs / 1000,
    sequences_left: left ?? null,
  };
}

function* lines(guide: Guide, withCode: boolean): Generator<string> {
  const { door, host, steps, within_s: withinS, opens_for_s: opensForS, sequences_left: left, qr } = guide;
  yield `Door ${door}: ${steps.length} knocks within ${withinS} s open it for ${opensForS} s.`;
  if (left !== null) yield `This sequence works once; ${left - 1} more are left.`;
  for (const { name, command } of guide.commands) yield* ['', `${name}:`, `  ${command}`];
  if (qr !== null) {
    yield* ['', "A phone's knocking app (host, then each step in order, 200 ms apart):", `  ${host}`];
    for (const { port, protocol } of steps) yield `  ${protocol.toUpperCase()} ${port}`;
  }
  yield* ['', `Then: ${guide.url ?? guide.service}`];
  if (qr !== null && withCode) yield* ['', qr, renderUnicodeCompact(qr)];
}
