import { networkInterfaces } from 'node:os';
import { isIPv4 } from '#address';
import type { Settings } from '#config';
import type { KnockDoor } from '#knock';
import type { Event } from '#telemetry';
import { CaptureRefused } from './capture.js';
import { type Firewall, readFirewall } from './firewall/read-firewall.js';
import type { Probe } from './firewall/ruleset.js';
import { wouldDrop } from './firewall/would-drop.js';
import { hasRawSocket, loadRawSocket } from './load-raw-socket.js';

export interface CaptureChoice {
  readonly capture: 'raw' | 'packet';
  /** Why, if it was for us to choose. */
  readonly because?: string;
  /** What an operator should know once it is open. */
  readonly warning?: Event;
}

/** By the config; for `auto` by this host's firewall, which is looked at once. @throws CaptureRefused */
export async function chooseCapture(settings: Settings): Promise<CaptureChoice> {
  const { capture, doors } = settings;
  if (capture === 'packet') return { capture };
  if (capture === 'raw') {
    refuseUnfit(doors);
    loadRawSocket();
  } else if (doors.some(hidesTarget)) {
    return { capture: 'packet', because: 'as a door has an IPv6 target' };
  } else if (!hasRawSocket()) {
    return { capture: 'packet', because: 'as npm raw-socket is not built for this Node' };
  }
  const firewall = await readFirewall();
  const deafens = deafensRaw(firewall, settings);
  if (capture === 'auto' && deafens) return { capture: 'packet', because: 'as the INPUT chain drops knock ports' };
  const warning = warningOf(firewall, deafens);
  if (capture === 'raw') return { capture: 'raw', ...warning };
  const because = firewall.unread === undefined ? 'as the INPUT chain lets knocks in' : 'the firewall is unknown';
  return { capture: 'raw', because, ...warning };
}

function warningOf({ unread }: Firewall, deafens: boolean): { readonly warning?: Event } {
  if (deafens) return { warning: { event: 'firewall_deafens' } };
  return unread === undefined ? {} : { warning: { event: 'capture_unsure', reason: unread } };
}

/** @throws CaptureRefused for a door that raw sockets cannot hear */
export function refuseUnfit(doors: readonly KnockDoor[]): void {
  const door = doors.find(hidesTarget);
  if (door === undefined) return;
  throw new CaptureRefused(
    `${door.name}: target: an IPv6 raw socket does not tell where a packet was sent to; write capture: packet (or auto), or leave target out`,
  );
}

function hidesTarget({ target }: KnockDoor): boolean {
  return target !== undefined && !isIPv4(target);
}

function deafensRaw(firewall: Firewall, settings: Settings): boolean {
  return probesOf(settings).some((probe) => wouldDrop(firewall.rulesets, probe));
}

/** A first packet to every knock port, on every interface that is heard. */
function probesOf({ doors, interfaces }: Settings): Probe[] {
  const devices = interfaces.length > 0 ? interfaces : remoteInterfaces();
  return doors.flatMap(({ sequence, target }) =>
    ([4, 6] as const)
      .filter((family) => target === undefined || isIPv4(target) === (family === 4))
      .flatMap((family) => devices.flatMap((device) => sequence.map((step) => ({ ...step, family, device })))),
  );
}

/** Those by which other hosts come in. Before the first is up: one of any name. */
export function remoteInterfaces(): string[] {
  const found = Object.entries(networkInterfaces()).filter(([, addresses]) => addresses?.some((one) => !one.internal));
  return found.length > 0 ? found.map(([name]) => name) : ['eth0'];
}
