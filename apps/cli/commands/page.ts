import type { Command } from 'commander';
import { type DoorSettings } from '#config';
import type { Step } from '#knock';
import { CommandFailed } from '../command-failed.js';
import { withTexts } from '../command-texts.js';
import { type ConfigOptions, readSettings, withConfig } from '../config-options.js';
import { pageAt, serviceAt } from '../door-address.js';
import { doorNamed, knockOf } from '../door-knock.js';
import { isPlainHost, ordinaryKnocks } from '../howto/knock-recipes.js';
import { knockPage } from '../page/knock-page.js';
import { refusedByBrowsers } from '../page/refused-by-browsers.js';
import { say } from '../say.js';

interface PageOptions extends ConfigOptions {
  readonly host: string;
  readonly url?: string;
}

export function addPage(program: Command): void {
  const command = program
    .command('page')
    .description('print an HTML file that knocks from a browser and then goes to the page; it holds the secret')
    .argument('[door]', 'its name, if the config has several')
    .requiredOption('--host <host>', "the server's name or address, as its clients reach it")
    .option('--url <url>', "where to go then (default: the door's own port at that host)");
  withTexts(withConfig(command), {
    examples: [
      'knockgate page --host example.org > knock.html',
      'knockgate page HTTP --host 192.0.2.1 --url https://example.org/ > knock.html',
    ],
    exit: { 0: 'printed', 1: 'a browser cannot knock at this door', 2: 'wrong usage or config' },
  }).action((door: string | undefined, options: PageOptions) => page(door, options));
}

function page(name: string | undefined, options: PageOptions): void {
  const { host } = options;
  if (!isPlainHost(host)) throw new CommandFailed([`--host: no name or address: ${host}`], 2);
  const { door, steps, left } = knockOf(doorNamed(name, readSettings(options, say), '--host'));
  expectPossible(door, steps);
  if (left !== undefined) say(`this sequence works once: so does the page; ${left - 1} more are left`);
  const url = options.url === undefined ? pageAt(door, host) : webAddress(options.url);
  const { cmdTimeoutMs } = door;
  process.stdout.write(knockPage({ door: door.name, host, steps, url, service: serviceAt(door, host), cmdTimeoutMs }));
}

/** @throws CommandFailed if no browser can knock so. SECURITY: a refused port is named, as it is no secret to whoever asks for the page. */
function expectPossible({ name, tcpFlags }: DoorSettings, steps: readonly Step[]): void {
  if (!ordinaryKnocks({ steps, tcpFlags })) {
    throw new CommandFailed(
      [`${name}: its tcpflags do not count a SYN, and browsers send no other; use tcpflags: syn`],
      1,
    );
  }
  const refused = steps.filter(({ port, protocol }) => protocol === 'tcp' && refusedByBrowsers(port));
  if (refused.length === 0) return;
  const ports = refused.map(({ port }) => port).join(', ');
  const instead = 'give the door other ports, or knock with another program (knockgate howto)';
  throw new CommandFailed([`${name}: browsers refuse to connect to port ${ports} of its sequence; ${instead}`], 1);
}

function webAddress(text: string): string {
  if (/^https?:\/\//u.test(text) && URL.canParse(text)) return text;
  throw new CommandFailed([`--url: not an http:// or https:// URL: ${text}`], 2);
}
