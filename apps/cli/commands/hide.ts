import type { Command } from 'commander';
import { type DoorSettings, NO_UPSTREAM, type Settings } from '#config';
import { CommandFailed } from '../command-failed.js';
import { withTexts } from '../command-texts.js';
import { type ConfigOptions, readSettings, withConfig } from '../config-options.js';
import { prepareCoverFile, removeCoverFile } from '../cover-file.js';
import { say } from '../say.js';
import { sessionPorts } from '../session-ports.js';

interface HideOptions extends ConfigOptions {
  readonly door?: string;
  readonly yes?: boolean;
}

const EXPLANATION = [
  'Nothing is proxied: the kernel keeps new connections from finding the daemon, until its source has knocked. Connections that are open already stay open.',
  "It runs in the foreground and follows the grants in the config's Redis; when it ends, however it ends, the port stays hidden. The door says listen: PORT and upstream: none, or is named by --door.",
];
const PORT = 'its TCP port';

/** Adds `hide` and `unhide`. */
export function addHide(program: Command): void {
  const hiding = withConfig(
    program.command('hide').description("hide another daemon's port, sshd's for example; wants root"),
  )
    .argument('<port>', PORT)
    .option('--door <name>', 'the door whose knock opens it')
    .option('--upstream <url>', 'what is behind the doors that name nothing: none, for those of a knockd.conf')
    .option('--yes', 'also if this very session came in by that port')
    .action((port: string, options: HideOptions) => hide(portOf(port), options));
  withTexts(hiding, {
    details: EXPLANATION,
    examples: ['knockgate hide 22', 'knockgate hide 22 --door SSH --yes'],
    exit: { 0: 'ended by a signal', 1: 'it could not start', 2: 'wrong usage or config' },
  });
  const unhiding = program
    .command('unhide')
    .description('show a port again that hide has hidden')
    .argument('<port>', PORT)
    .action((port: string) => {
      removeCoverFile(portOf(port));
      say(`port ${port} is shown again`);
    });
  withTexts(unhiding, {
    examples: ['knockgate unhide 22'],
    exit: { 0: 'shown', 1: 'it was not hidden, or may not be', 2: 'wrong usage' },
  });
}

async function hide(port: number, { door: name, yes = false, ...options }: HideOptions): Promise<void> {
  const wishes = { ...options, hears: false };
  const settings = readSettings(wishes, say);
  const door = doorFor(port, name, settings);
  refuseMemory(settings);
  if (!yes) refuseOwnSession(port);
  const { servedPorts } = await import('../../listener/index.js');
  if (!(await servedPorts()).has('tcp', port)) say(`nothing listens on port ${port} now; it is hidden all the same`);
  const path = prepareCoverFile(port);
  const { startProcess } = await import('../start-process.js');
  await startProcess({ roles: ['hide'], settings, wishes, cover: { door, port, path } });
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/u.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new CommandFailed(['this is no port; write a number from 1 to 65535 (a door is named by --door)'], 2);
}

function doorFor(port: number, name: string | undefined, { doors }: Settings): DoorSettings {
  const isIts = (door: DoorSettings): boolean =>
    name === undefined
      ? door.upstream === NO_UPSTREAM && door.listen.some((address) => address.port === port)
      : door.name === name;
  const door = doors.find(isIts);
  if (door !== undefined) {
    refuseProxied(port, doors);
    return door;
  }
  const names = doors.map((each) => each.name).join(', ');
  const what = name === undefined ? `no door has listen: ${port} and upstream: none` : 'there is no such door';
  throw new CommandFailed([`${what}; name one with --door: ${names}`], 2);
}

/** The gateway hides its own ports. */
function refuseProxied(port: number, doors: readonly DoorSettings[]): void {
  const owner = doors.find(
    ({ listen, upstream }) => upstream !== NO_UPSTREAM && listen.some((address) => address.port === port),
  );
  if (owner === undefined) return;
  throw new CommandFailed([`port ${port} is door ${owner.name}'s, which the gateway hides itself (hide: closed)`], 2);
}

function refuseMemory({ store }: Settings): void {
  if (store.kind !== 'memory') return;
  const cure = 'name a Redis in the config (store: redis://127.0.0.1:6379) or in REDIS_URL';
  throw new CommandFailed([`store: memory: another process's grants cannot be followed; ${cure}`], 2);
}

function refuseOwnSession(port: number): void {
  const [, , , ownPort] = (process.env['SSH_CONNECTION'] ?? '').split(' ');
  if (Number(ownPort) !== port && !sessionPorts().has(port)) return;
  const cure = 'be sure that you can knock, then say --yes';
  throw new CommandFailed(
    [`this session came in by port ${port}: once it is hidden, nobody comes in without a knock; ${cure}`],
    2,
  );
}
