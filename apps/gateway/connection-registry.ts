import { Injectable } from '@nestjs/common';
import type { GrantKey } from '#grants';
import type { Live, LiveConnections } from './live-connections.js';

/** Who has what open, by door and IP: a grant's end reaches its connections without a look at any other. */
@Injectable()
export class ConnectionRegistry implements LiveConnections {
  private readonly doors = new Map<string, Map<string, Set<Live>>>();
  private readonly counts = new Map<string, number>();

  /** Returns how to take it out again; a second call does nothing. */
  add({ door, ip }: GrantKey, live: Live): () => void {
    const ips = this.doors.get(door) ?? new Map<string, Set<Live>>();
    const lives = ips.get(ip) ?? new Set<Live>();
    this.doors.set(door, ips.set(ip, lives.add(live)));
    this.count(door, 1);
    return () => {
      if (!lives.delete(live)) return;
      this.count(door, -1);
      if (lives.size === 0 && ips.get(ip) === lives) ips.delete(ip);
    };
  }

  /** Open at this door. */
  at(door: string): number {
    return this.counts.get(door) ?? 0;
  }

  /** Open at this door by this IP. */
  of({ door, ip }: GrantKey): number {
    return this.doors.get(door)?.get(ip)?.size ?? 0;
  }

  /** Open at all doors. */
  get size(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Ends what this IP has open at this door, one way or the other; answers how many there were. */
  end({ door, ip }: GrantKey, how: keyof Live): number {
    const lives = [...(this.doors.get(door)?.get(ip) ?? [])];
    for (const live of lives) live[how]();
    return lives.length;
  }

  /** Cuts everything at this door, or everything; answers how many there were. */
  cutAll(door?: string): number {
    const doors = door === undefined ? [...this.doors.keys()] : [door];
    let cut = 0;
    for (const name of doors) {
      for (const ip of this.doors.get(name)?.keys() ?? []) cut += this.end({ door: name, ip }, 'cut');
    }
    return cut;
  }

  private count(door: string, change: number): void {
    this.counts.set(door, this.at(door) + change);
  }
}
