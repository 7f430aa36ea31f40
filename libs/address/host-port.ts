import { bracketed } from './bracketed.js';

/** Where a server is: a name or an address, an IPv6 one without brackets. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `HOST:PORT`, as a URL has it. */
export function hostPort({ host, port }: HostPort): string {
  return `${bracketed(host)}:${port}`;
}
