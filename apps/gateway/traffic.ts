import { Injectable } from '@nestjs/common';
import { type DoorFigures, DoorTraffic } from './door-traffic.js';

/** Counts what passes in this process, door by door. A door that is gone keeps its counts. */
@Injectable()
export class Traffic {
  private readonly doors = new Map<string, DoorTraffic>();

  of(door: string): DoorTraffic {
    let traffic = this.doors.get(door);
    if (traffic === undefined) this.doors.set(door, (traffic = new DoorTraffic(door)));
    return traffic;
  }

  figures(): DoorFigures[] {
    return [...this.doors.values()].map((traffic) => traffic.figures());
  }
}
