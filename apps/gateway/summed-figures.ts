import type { DoorFigures } from './door-traffic.js';

/** What several processes counted, door by door. */
export function summedFigures(figures: Iterable<DoorFigures>): DoorFigures[] {
  const doors = new Map<string, DoorFigures>();
  for (const one of figures) {
    const known = doors.get(one.door);
    doors.set(one.door, known === undefined ? one : sum(known, one));
  }
  return [...doors.values()];
}

/** Of a door at which nothing has passed yet. */
export function noFigures(door: string): DoorFigures {
  return { door, allowed: 0, denied: 0, connections: 0, open: 0, bytesIn: 0, bytesOut: 0 };
}

/** What stays once the process is gone. */
export function closed(figures: DoorFigures): DoorFigures {
  return { ...figures, open: 0 };
}

function sum(x: DoorFigures, y: DoorFigures): DoorFigures {
  return {
    door: x.door,
    allowed: x.allowed + y.allowed,
    denied: x.denied + y.denied,
    connections: x.connections + y.connections,
    open: x.open + y.open,
    bytesIn: x.bytesIn + y.bytesIn,
    bytesOut: x.bytesOut + y.bytesOut,
  };
}
