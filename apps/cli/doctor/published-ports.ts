import { readdirSync, readFileSync } from 'node:fs';

/** A port of this host whose packets go to a container, past whatever listens on it here. */
export interface PublishedPort {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** Where they go, `172.17.0.2:80`. */
  readonly to: string;
}

/** The rules of `iptables-save -t nat` that take a port elsewhere (iptables-extensions(8), DNAT). */
export function portsInNat(text: string): PublishedPort[] {
  return text.split('\n').flatMap((line) => {
    const to = /^(?:\[\d+:\d+\] )?-A .*-j DNAT --to-destination (\S+)/u.exec(line)?.[1];
    const protocol = / -p (tcp|udp) /u.exec(line)?.[1];
    const [first, last = first] = / --dports? (\d+)(?::(\d+))?/u.exec(line)?.slice(1) ?? [];
    if (to === undefined || protocol === undefined || first === undefined) return [];
    const count = Number(last) - Number(first) + 1;
    return Array.from({ length: count }, (_, i) => published(protocol, Number(first) + i, to));
  });
}

/** What docker-proxy(1) processes stand for, by the words that they were started with. */
export function portsOfProxies(proc = '/proc'): PublishedPort[] {
  return readdirSync(proc)
    .filter((entry) => /^\d+$/u.test(entry))
    .flatMap((pid) => portOfProxy(commandLine(`${proc}/${pid}/cmdline`)) ?? []);
}

export function portOfProxy(words: readonly string[]): PublishedPort | undefined {
  if (!/(?:^|\/)docker-proxy$/u.test(words[0] ?? '')) return undefined;
  const value = (name: string): string | undefined => words[words.indexOf(name) + 1];
  const [protocol, port] = [value('-proto'), Number(value('-host-port'))];
  if (protocol === undefined || !(port > 0)) return undefined;
  return published(protocol, port, `${value('-container-ip')}:${value('-container-port')}`);
}

function published(protocol: string, port: number, to: string): PublishedPort {
  return { protocol: protocol === 'udp' ? 'udp' : 'tcp', port, to };
}

function commandLine(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\0');
  } catch {
    return []; // it has ended
  }
}
