import { bracketed, hostPort } from '#address';
import { type DoorSettings, NO_UPSTREAM } from '#config';

const HTTP_PORT = 80;

/** `HOST:PORT` of what a door hides, as a client names it. */
export function serviceAt({ listen }: DoorSettings, host: string): string {
  return hostPort({ host, port: listen[0]!.port });
}

/** Where a browser finds a door's page; undefined if what it hides is no page. */
export function pageAt(door: DoorSettings, host: string): string | undefined {
  if (door.mode !== 'http' || door.upstream === NO_UPSTREAM) return undefined;
  const { port } = door.listen[0]!;
  return `http://${bracketed(host)}${port === HTTP_PORT ? '' : `:${port}`}/`;
}
