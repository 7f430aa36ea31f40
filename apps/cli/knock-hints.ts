import { type DoorSettings, NO_UPSTREAM, type Settings } from '#config';
import { type Knocking, knockRecipes } from './howto/knock-recipes.js';

const ANY_LOOP =
  'for x in <the ports of sequence>; do nmap -Pn -n --host-timeout 201 --max-retries 0 -p $x 127.0.0.1; done';

/**
 * What is hidden where, and how to knock, in a few lines for the person who started it.
 * SECURITY: the sequence itself only if a terminal shows it, never where it could end up in a log.
 */
export function knockHints({ doors }: Settings, onTerminal: boolean): string[] {
  return doors.filter(({ upstream }) => upstream !== NO_UPSTREAM).flatMap((door) => hintsFor(door, onTerminal));
}

function hintsFor(door: DoorSettings, onTerminal: boolean): string[] {
  const [address] = door.listen;
  const port = address!.port;
  const { sequence: steps, tcpFlags } = door;
  const what = door.upstream === 'sample' ? 'a sample page' : door.upstream;
  const url = `${door.mode === 'http' ? 'http' : 'tcp'}://127.0.0.1:${port}/`;
  return [
    '',
    `  door ${door.name}: ${what} is hidden behind port ${port}; without a knock nobody gets a byte of it.`,
    `  It opens for ${door.cmdTimeoutMs / 1000} s to whoever knocks within ${door.seqTimeoutMs / 1000} s:`,
    door.mode === 'http'
      ? `    npx knockgate knock 127.0.0.1 --door ${door.name} --wait ${url}`
      : `    npx knockgate knock 127.0.0.1 --door ${door.name}`,
    `    ${onTerminal && steps.length > 0 ? nmapOf({ host: '127.0.0.1', steps, tcpFlags }) : ANY_LOOP}`,
    '',
  ];
}

function nmapOf(knocking: Knocking): string {
  return knockRecipes(knocking).find(({ name }) => name.startsWith('nmap'))!.command;
}
