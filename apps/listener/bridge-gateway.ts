import { existsSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { addressFromBytes, formatAddress } from '#address';

/** Where the facts are read; other than `/` in tests. */
export interface HostFiles {
  readonly root: string;
}

interface Route {
  readonly device: string;
  /** Canonical text. */
  readonly gateway: string;
}

const ANY_IPV4 = '0'.repeat(8);
const ANY_IPV6 = '0'.repeat(32);

/**
 * The addresses behind which a container's bridge network hides clients: the default gateways, IPv4 and IPv6, if this
 * process runs in a container and its way out is one end of a veth pair. A grant to one would admit the world. Canonical
 * text; none on the host's own network.
 */
export function bridgeGateway({ root }: HostFiles = { root: '' }): readonly string[] {
  const inContainer = existsSync(`${root}/.dockerenv`) || existsSync(`${root}/run/.containerenv`);
  if (!inContainer) return [];
  const routes = [
    ...defaultRoutes4(read(`${root}/proc/net/route`)),
    ...defaultRoutes6(read(`${root}/proc/net/ipv6_route`)),
  ];
  const gateways = routes.filter(({ device }) => isVirtualPair(root, device)).map(({ gateway }) => gateway);
  return [...new Set(gateways)];
}

/** /proc/net/route: device, destination, gateway, flags, … mask, each address a number in the machine's byte order. */
function defaultRoutes4(table: string): Route[] {
  return rows(table).flatMap(([device, destination, gateway, , , , , mask]) => {
    if (destination !== ANY_IPV4 || mask !== ANY_IPV4 || gateway === ANY_IPV4) return [];
    const bytes = fromHex(gateway);
    return route(device, endianness() === 'LE' ? bytes.toReversed() : bytes);
  });
}

/** /proc/net/ipv6_route: destination, its prefix, source, its prefix, next hop, … device, in network byte order. */
function defaultRoutes6(table: string): Route[] {
  return rows(table).flatMap(([destination, prefix, , , gateway, , , , , device]) => {
    if (destination !== ANY_IPV6 || prefix !== '00' || gateway === ANY_IPV6) return [];
    return route(device, fromHex(gateway));
  });
}

function route(device: string | undefined, bytes: Uint8Array): Route[] {
  const family = bytes.length === 4 ? 4 : 6;
  if (device === undefined || (family === 6 && bytes.length !== 16)) return [];
  return [{ device, gateway: formatAddress(addressFromBytes(bytes, 0, family)) }];
}

function rows(table: string): string[][] {
  return table.split('\n').map((line) => line.trim().split(/\s+/u));
}

function fromHex(text = ''): Uint8Array {
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/**
 * sysfs: a veth's `iflink` is the number of its other end, outside; a real interface's is its own. A VLAN's is that of
 * the interface it runs over: no pair, and common on hosts, whose network a container may share.
 */
function isVirtualPair(root: string, device: string): boolean {
  const value = (name: string): string => read(`${root}/sys/class/net/${device}/${name}`).trim();
  return value('iflink') !== value('ifindex') && !/^DEVTYPE=vlan$/mu.test(value('uevent'));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
