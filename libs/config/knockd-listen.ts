import { ANY_IPV4, ANY_IPV6, type ListenAddress } from './listen-address.js';
import type { Findings } from './findings.js';
import type { KnockdSection } from './knockd-conf.js';
import { openedPort } from './opened-port.js';
import { ok, type Parsed, wrong } from './parsed.js';
import type { Place } from './place.js';

const NO_COMMAND = {
  what: 'has no start_command, so nothing says which port it opens',
  instead: 'put `listen:` for this door into a knockgate.yaml given with --config',
};

interface Opens {
  readonly place: Place;
  readonly listen: Parsed<readonly ListenAddress[]>;
}

/**
 * Where a knockd.conf door is to listen: Start_Command's port for IPv4 and Start_Command_6's for IPv6. Without the
 * latter the former stands for both; an empty one means that knockd does nothing for that family (knockd(1)).
 */
export function knockdListen({ place, directives }: KnockdSection, findings: Findings): Opens {
  const ipv4 = directives.get('start_command');
  const ipv6 = directives.get('start_command_6') ?? ipv4;
  const families = [
    { host: ANY_IPV4, command: ipv4 },
    { host: ANY_IPV6, command: ipv6 },
  ];
  const listen: ListenAddress[] = [];
  for (const { host, command } of families) {
    if (command === undefined || command.value === '') continue;
    const opened = openedPort(command.value);
    if (opened.kind === 'wrong') return { place: command.place, listen: opened };
    const isRepeated = host === ANY_IPV6 && command === ipv4;
    if (opened.value.more && !isRepeated) warnOfMore(command.place, findings);
    listen.push({ host, port: opened.value.port });
  }
  return listen.length === 0
    ? { place, listen: wrong(NO_COMMAND) }
    : { place: (ipv4 ?? ipv6)?.place ?? place, listen: ok(listen) };
}

function warnOfMore(place: Place, findings: Findings): void {
  findings.warn(place, 'opens several ports, of which this door takes the first', 'write a door for each');
}
