import { type DoorSettings, NO_UPSTREAM, type Settings } from '#config';

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
  const what = door.upstream === 'sample' ? 'a sample page' : door.upstream;
  const tcpPorts = door.sequence.map((step) => (step.protocol === 'tcp' ? String(step.port) : `${step.port}:udp`));
  const loop = onTerminal ? tcpPorts.join(' ') : '<the ports of sequence>';
  const url = `${door.mode === 'http' ? 'http' : 'tcp'}://127.0.0.1:${port}/`;
  return [
    '',
    `  door ${door.name}: ${what} is hidden behind port ${port}; without a knock nobody gets a byte of it.`,
    `  It opens for ${door.cmdTimeoutMs / 1000} s to whoever knocks within ${door.seqTimeoutMs / 1000} s:`,
    door.mode === 'http'
      ? `    npx knockgate knock 127.0.0.1 --door ${door.name} --wait ${url}`
      : `    npx knockgate knock 127.0.0.1 --door ${door.name}`,
    `    for x in ${loop}; do nmap -Pn --host-timeout 201 --max-retries 0 -p $x 127.0.0.1; done`,
    '',
  ];
}
