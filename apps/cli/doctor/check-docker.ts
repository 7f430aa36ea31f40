import { existsSync } from 'node:fs';
import type { Settings } from '#config';
import { askFirewallTool, bridgeGateway } from '../../listener/index.js';
import type { Check } from './check.js';
import { type Finding, findingsOn } from './finding.js';
import { type PublishedPort, portsInNat, portsOfProxies } from './published-ports.js';

const { ok, warning, fault, skipped } = findingsOn('docker');

const HOST_NETWORK = "network_mode: host # in the service's part of docker-compose.yml, in place of ports:";

/** Whether a container's network stands between clients and us. */
export const checkDocker: Check = {
  topic: 'docker',
  async look({ settings }) {
    if (process.platform !== 'linux') return [skipped('published ports are looked up in /proc and iptables')];
    const behind = bridgeGateway().map(judgeBridge);
    const nat = await natPorts();
    const ports = [...portsOfProxies(), ...nat.ports];
    const found = [...behind, ...judgePublished(settings, ports)];
    if (nat.unread !== undefined)
      return [...found, skipped(`which ports are forwarded elsewhere cannot be seen: ${nat.unread}`)];
    return found.length > 0
      ? found
      : [ok('no bridge network hides who a client is, and no port of a door is published')];
  },
};

/** @param gateway its canonical address */
export function judgeBridge(gateway: string): Finding {
  const what = `this container's network is a bridge: clients may look like ${gateway}, which is granted nothing`;
  return warning(what, HOST_NETWORK);
}

/** SECURITY: of a knock port the door is told, never the port. */
export function judgePublished({ doors }: Pick<Settings, 'doors'>, ports: readonly PublishedPort[]): Finding[] {
  return doors.flatMap(({ name, listen, sequence }) => {
    const taken = listen.flatMap(
      (address) => ports.find(({ protocol, port }) => protocol === 'tcp' && port === address.port) ?? [],
    );
    const knocked = sequence.some((step) =>
      ports.some(({ protocol, port }) => protocol === step.protocol && port === step.port),
    );
    return [...taken.slice(0, 1).map((one) => past(name, one)), ...(knocked ? [unheard(name)] : [])];
  });
}

function past(door: string, { port, to }: PublishedPort): Finding {
  const what = `door ${door}: port ${port} is forwarded to ${to}: who comes from outside gets there, past the gate`;
  return fault(what, `docker ps --filter publish=${port} # and unpublish it; a gateway in there: network_mode: host`);
}

function unheard(door: string): Finding {
  const what = `door ${door}: a knock port is forwarded to a container: raw sockets do not hear it, nor does it stay quiet`;
  return warning(what, "docker ps --format '{{.Names}} {{.Ports}}' # and unpublish it, or choose other ports");
}

interface NatPorts {
  readonly ports: readonly PublishedPort[];
  readonly unread: string | undefined;
}

async function natPorts(): Promise<NatPorts> {
  const tools = ['iptables-save', ...(existsSync('/proc/net/if_inet6') ? ['ip6tables-save'] : [])];
  const answers = await Promise.all(tools.map((tool) => askFirewallTool(tool, ['-t', 'nat'])));
  return {
    ports: answers.flatMap((answer) => (answer.kind === 'text' ? portsInNat(answer.text) : [])),
    unread: answers.flatMap((answer) => (answer.kind === 'failed' ? [answer.reason] : []))[0],
  };
}
