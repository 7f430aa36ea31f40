import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bridgeGateway } from './bridge-gateway.js';

// As read in containers of docker 20.10: one on its default bridge, one on a network with --ipv6.
const HEADING = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
const DEFAULT_ROUTE = 'eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0';
const LINK_ROUTE = 'eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0';
const NONE = '0'.repeat(32);
const ROUTES6 = [
  `fd000077000000000000000000000000 40 ${NONE} 00 ${NONE} 00000100 00000004 00000000 00000001     eth0`,
  `${NONE} 00 ${NONE} 00 fd000077000000000000000000000001 00000400 00000001 00000000 00000003     eth0`,
  `${NONE} 00 ${NONE} 00 ${NONE} ffffffff 00000001 00000000 00200200       lo`,
];

describe('bridgeGateway', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'knockgate-bridge-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  const file = (path: string, ...lines: readonly string[]): void => {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, lines.map((line) => `${line}\n`).join(''));
  };
  const device = (
    name: string,
    { iflink, ifindex, type }: { iflink: number; ifindex: number; type?: string },
  ): void => {
    file(`sys/class/net/${name}/iflink`, String(iflink));
    file(`sys/class/net/${name}/ifindex`, String(ifindex));
    file(`sys/class/net/${name}/uevent`, ...(type === undefined ? [] : [`DEVTYPE=${type}`]), `INTERFACE=${name}`);
  };
  const routes4 = (...lines: readonly string[]): void => file('proc/net/route', HEADING, ...lines);
  const routes6 = (...lines: readonly string[]): void => file('proc/net/ipv6_route', ...lines);

  it.each([
    ['docker', '.dockerenv'],
    ['podman', 'run/.containerenv'],
  ])('is the default gateway in a container behind a veth pair: %s', (_engine, mark) => {
    file(mark);
    device('eth0', { iflink: 39, ifindex: 38 });
    routes4(DEFAULT_ROUTE, LINK_ROUTE);
    expect(bridgeGateway({ root })).toEqual(['172.17.0.1']);
  });

  it('has an IPv6 address too where the network has', () => {
    file('.dockerenv');
    device('eth0', { iflink: 39, ifindex: 38 });
    device('lo', { iflink: 1, ifindex: 1 });
    routes4(DEFAULT_ROUTE, LINK_ROUTE);
    routes6(...ROUTES6);
    expect(bridgeGateway({ root })).toEqual(['172.17.0.1', 'fd00:77::1']);
  });

  it('is unknown outside a container, also behind a veth pair', () => {
    device('eth0', { iflink: 39, ifindex: 38 });
    routes4(DEFAULT_ROUTE);
    expect(bridgeGateway({ root })).toEqual([]);
  });

  it.each([
    ['a network card', { iflink: 2, ifindex: 2 }],
    ['a VLAN on one', { iflink: 2, ifindex: 7, type: 'vlan' }],
  ])("is none of the host's: a container on the host's network, whose way out is %s", (_kind, numbers) => {
    file('.dockerenv');
    device('eth0', numbers);
    routes4(DEFAULT_ROUTE);
    routes6(...ROUTES6);
    expect(bridgeGateway({ root })).toEqual([]);
  });

  it.each([
    ['none but its own network', [LINK_ROUTE]],
    ['half of the world', [DEFAULT_ROUTE.replace('\t00000000\t0\t0\t0', '\t00000080\t0\t0\t0')]],
    ['a device without a gateway', [DEFAULT_ROUTE.replace('010011AC', '00000000')]],
    ['a line cut short', ['eth0\t00000000']],
  ])('takes no other route for the default: %s', (_kind, lines) => {
    file('.dockerenv');
    device('eth0', { iflink: 39, ifindex: 38 });
    routes4(...lines);
    routes6(ROUTES6[0]!, ROUTES6[2]!);
    expect(bridgeGateway({ root })).toEqual([]);
  });

  it('is unknown in a container that shows no network', () => {
    file('.dockerenv');
    expect(bridgeGateway({ root })).toEqual([]);
  });
});
