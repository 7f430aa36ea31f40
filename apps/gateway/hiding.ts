import { parseAddress } from '#address';
import type { DoorSettings, ListenAddress, Settings } from '#config';
import { type Grant, monotonicMs } from '#grants';
import { bindTcp, bpfUnsupported, familyOf, type HiddenSocket, KernelGate, withoutRights } from '#kernel';
import { chooseHiding, type HidingChoice } from './choose-hiding.js';

/** The config names a mode of hiding that this host cannot do; nothing has been opened. */
export class HideUnavailable extends Error {
  override readonly name = 'HideUnavailable';
}

export interface CoverOptions {
  /** Whose grants open it. */
  readonly door: DoorSettings;
  readonly port: number;
  /** In a bpf file system: while it is there, the port is hidden. */
  readonly path: string;
}

/** A grant that the kernel does not know of, and the system's error. */
interface Refused {
  readonly grant: Grant;
  readonly reason: string;
}

const GIVEN_UP = 'the right to it was given up at start; restart it';

/**
 * What the kernel hides, and from whom: it finds out at start what can be had, binds the sockets of the public
 * addresses, and keeps the kernel's map of grants like the gateway's own.
 */
export class Hiding {
  private readonly numbers = new Map<string, number>();
  /** Live grants that the kernel had no room for. */
  private readonly refused = new Map<string, Grant>();

  private constructor(private readonly gate: KernelGate | Error) {}

  /** Takes from the kernel what these doors ask for; the rights to that are needed now only. */
  static take({ doors, limits }: Settings): Hiding {
    if (doors.every(({ hide }) => hide === 'reset')) return new Hiding(new Error(GIVEN_UP));
    const unsupported = bpfUnsupported();
    if (unsupported !== undefined) return new Hiding(new Error(unsupported));
    try {
      const gate = KernelGate.open(limits.grants);
      tryWithoutRights(gate);
      return new Hiding(gate);
    } catch (error) {
      return new Hiding(error as Error);
    }
  }

  /**
   * Hides a port at which another daemon listens from whoever has no grant at the door, until `path` is removed.
   * @throws HideUnavailable
   */
  static cover(settings: Settings, { door, port, path }: CoverOptions): Hiding {
    const hiding = Hiding.take({ ...settings, doors: [{ ...door, hide: 'closed' }] });
    hiding.choose({ ...door, hide: 'closed' });
    if (hiding.gate instanceof KernelGate) hiding.gate.cover(port, hiding.terms(door), path);
    return hiding;
  }

  /** The descriptor by which the kernel's look-up lives, where it is in force. */
  get link(): number | undefined {
    return this.gate instanceof Error ? undefined : this.gate.attached;
  }

  /** @throws HideUnavailable */
  choose({ name, hide }: DoorSettings): HidingChoice {
    const choice = chooseHiding(hide, this.gate instanceof Error ? this.gate : this.gate.rights);
    if (choice.hide === undefined) throw new HideUnavailable(`door ${name}: ${choice.because}`);
    return choice;
  }

  /**
   * A socket for a public address, bound and not listening; undefined where Node itself is to bind.
   * @throws the system's error
   */
  bind({ host, port }: ListenAddress, { place }: HidingChoice): HiddenSocket | undefined {
    const address = { address: parseAddress(host)!, family: familyOf(host), port };
    if (place !== undefined && !(this.gate instanceof Error)) {
      return this.gate.bind(place, address);
    }
    if (process.platform !== 'linux') return undefined;
    return { fd: bindTcp(address).fd, publish: () => {}, release: () => {} };
  }

  /** What the kernel has to know of a door: its number and whether its connections outlive a grant. */
  terms({ name, onExpiry }: DoorSettings): { readonly door: number; readonly drain: boolean } {
    let door = this.numbers.get(name);
    if (door === undefined) this.numbers.set(name, (door = this.numbers.size + 1));
    return { door, drain: onExpiry === 'drain' };
  }

  /** Lets the proxies of these doors pass, and those of no other. */
  trust(doors: readonly DoorSettings[]): void {
    if (this.gate instanceof Error) return;
    this.gate.trust(doors.map((door) => ({ door: this.terms(door).door, proxies: door.trustedProxies })));
  }

  /** Live grants that the kernel does not know: there may be room by now. */
  get untold(): readonly Grant[] {
    return [...this.refused.values()];
  }

  /** @returns those that the kernel could not take */
  granted(grants: readonly Grant[], latestDeadlineMs: (ip: string) => number): Refused[] {
    const { gate } = this;
    if (gate instanceof Error) return [];
    const taken = grants.flatMap((grant) => {
      const [door, source] = [this.numbers.get(grant.door), parseAddress(grant.ip)];
      if (door === undefined || source === undefined) return [];
      return [{ grant, door, source, deadlineMs: grant.deadlineMs, latestMs: latestDeadlineMs(grant.ip) }];
    });
    // one by one from the first that finds no room: those after it may need none
    return taken.slice(gate.grantAll(taken)).flatMap((one) => {
      const reason = refusal(() => gate.grant(one));
      if (reason === undefined) this.refused.delete(idOf(one.grant));
      else this.refused.set(idOf(one.grant), one.grant);
      return reason === undefined ? [] : [{ grant: one.grant, reason }];
    });
  }

  ended({ door, ip }: Pick<Grant, 'door' | 'ip'>, latestDeadlineMs?: number): void {
    const [number, source] = [this.numbers.get(door), parseAddress(ip)];
    this.refused.delete(idOf({ door, ip }));
    if (this.gate instanceof Error || number === undefined || source === undefined) return;
    this.gate.revoke(source, number, latestDeadlineMs === undefined ? 0 : latestDeadlineMs - monotonicMs());
  }

  /** The kernel shuts everything by itself unless this is said again in time. */
  stayFresh(forMs: number): void {
    if (!(this.gate instanceof Error)) this.gate.stayFresh(forMs);
  }

  /** At once for everybody, then one by one. */
  forget(grants: readonly Grant[]): void {
    this.stayFresh(0);
    for (const grant of grants) this.ended(grant);
  }
}

function idOf({ door, ip }: Pick<Grant, 'door' | 'ip'>): string {
  return `${door}\n${ip}`;
}

/** What the system says against it; undefined if it was done. */
function refusal(act: () => void): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** Before Linux 5.19 no map can be changed without the right to it, which we do not mean to keep. */
function tryWithoutRights(gate: KernelGate): void {
  try {
    withoutRights(() => gate.stayFresh(0));
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    const why = `this kernel lets grants be changed only with rights that the gateway does not keep (${code})`;
    throw new Error(`${why}; Linux 5.19 does without`, { cause: error });
  }
}
