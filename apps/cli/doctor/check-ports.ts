import { hostPort, parseAddress } from '#address';
import { type ListenAddress, NO_UPSTREAM, type Settings } from '#config';
import { bindTcp, closeSocket, familyOf } from '#kernel';
import type { Hiding } from '../../gateway/index.js';
import { isKnockgate } from '../is-knockgate.js';
import type { Check } from './check.js';
import { asHidden } from './door-wish.js';
import { type Finding, findingsOn } from './finding.js';
import { listeningSockets } from './listening-sockets.js';
import { type SocketOwner, socketOwners } from './socket-owners.js';

const { ok, warning, fault, skipped } = findingsOn('ports');

/** An address that something of ours is to listen on. */
export interface WantedPort {
  /** `door HTTP`, `console`. */
  readonly by: string;
  readonly address: ListenAddress;
  /** It is bound by way of the kernel's look-up, which wants no right to a port below 1024. */
  readonly steered: boolean;
  /** A host without IPv6 does without this one. */
  readonly optional: boolean;
}

/** What the system says to binding it, and who is there. */
export interface PortState {
  /** The system's error code; undefined: it can be bound. */
  readonly refused: string | undefined;
  /** Whether something listens there, as /proc tells. */
  readonly taken: boolean;
  /** Those of them that we may know. */
  readonly owners: readonly SocketOwner[];
  /** One of them is a knockgate. */
  readonly ours: boolean;
}

export const checkPorts: Check = {
  topic: 'ports',
  role: 'gateway',
  look({ settings, hiding }) {
    if (process.platform !== 'linux') return [skipped('who has which port is looked up in /proc, which Linux has')];
    const wanted = wantedPorts(settings, hiding);
    return [...wanted.map((each) => judgePort(each, stateOf(each.address))), ...hidden(settings)];
  },
};

export function judgePort({ by, address, steered, optional }: WantedPort, state: PortState): Finding {
  const at = `${by}: ${hostPort(address)}`;
  const { refused, taken, owners, ours } = state;
  const who = owners.map(({ name, pid }) => `${name}, process ${pid}`).join('; ');
  if (refused === 'EADDRINUSE' || (refused === 'EACCES' && taken)) {
    if (ours) return ok(`${at}: served by knockgate (${who})`);
    const look = `sudo ss -ltnp 'sport = :${address.port}'`;
    if (who === '')
      return warning(
        `${at}: something listens there; who it is only root can see`,
        `${look} # or: sudo knockgate doctor`,
      );
    return fault(`${at}: taken by ${who}`, `${look} # stop it, or give the door another port`);
  }
  if (refused === 'EACCES' && !steered) {
    const cure = 'sudo setcap cap_net_bind_service+ep "$(readlink -f "$(command -v node)")" # or start it as root';
    return fault(`${at}: a port below 1024 wants root or CAP_NET_BIND_SERVICE`, cure);
  }
  if (refused === 'EACCES' || refused === undefined) return ok(`${at}: free`);
  if (optional) return ok(`${at}: left out, as this host has no IPv6`);
  const what = refused === 'EADDRNOTAVAIL' ? 'this host has no such address' : `cannot be bound (${refused})`;
  return fault(`${at}: ${what}`, 'ip address # write one of these in listen, or 0.0.0.0');
}

function wantedPorts({ doors, console: own }: Settings, hiding: Hiding | undefined): WantedPort[] {
  const wanted = doors
    .filter(({ upstream }) => upstream !== NO_UPSTREAM)
    .flatMap((door) => {
      const steered = isSteered(hiding, door);
      return door.listen.map((address) => ({
        by: `door ${door.name}`,
        address,
        steered,
        optional: address.host === '::' && door.listen.length > 1,
      }));
    });
  // one that nobody has asked for is done without
  if (own?.isNamed === true) wanted.push({ by: 'console', address: own.listen, steered: false, optional: false });
  return wanted;
}

function isSteered(hiding: Hiding | undefined, door: Settings['doors'][number]): boolean {
  try {
    return hiding?.choose(asHidden(door)).place === 'steer';
  } catch {
    return false; // what cannot be had is told elsewhere
  }
}

/** Bound for a moment and never listening: with SO_REUSEADDR, so that it is in nobody's way. */
function stateOf({ host, port }: ListenAddress): PortState {
  const refused = refusal(() =>
    closeSocket(bindTcp({ address: parseAddress(host)!, family: familyOf(host), port }).fd),
  );
  const there = listeningSockets().filter((socket) => socket.port === port && meets(socket.host, host));
  const owners = socketOwners(new Set(there.map(({ inode }) => inode)));
  return { refused, taken: there.length > 0, owners, ours: owners.some(({ pid }) => isKnockgate(pid)) };
}

/** Whether a socket of this host may be what keeps another from that one: `::` often has IPv4 too. */
function meets(host: string, wanted: string): boolean {
  if (host === '::') return true;
  if (familyOf(host) !== familyOf(wanted)) return false;
  return host === wanted || host === '0.0.0.0' || wanted === '0.0.0.0' || wanted === '::';
}

function refusal(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** Doors with `upstream: none` stand before a daemon that should be there. */
function hidden({ doors }: Settings): Finding[] {
  const listening = new Set(listeningSockets().map(({ port }) => port));
  return doors
    .filter(({ upstream }) => upstream === NO_UPSTREAM)
    .map(({ name, listen }) => {
      const { port } = listen[0]!;
      const cure = `sudo ss -ltnp # start the daemon that knockgate hide ${port} is to hide`;
      if (listening.has(port)) return ok(`door ${name}: a daemon listens on port ${port}, for knockgate hide ${port}`);
      return warning(`door ${name}: nothing listens on port ${port}, which knockgate hide is to hide`, cure);
    });
}
