import type { Socket } from 'node:net';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { DoorTraffic } from './door-traffic.js';

/** What of a socket counts. */
class Wire extends EventEmitter {
  bytesRead = 0;
  bytesWritten = 0;
  passes(read: number, written: number): void {
    this.bytesRead += read;
    this.bytesWritten += written;
  }
}

describe('DoorTraffic', () => {
  const enter = (traffic: DoorTraffic): Wire => {
    const wire = new Wire();
    traffic.enter(wire as unknown as Socket);
    return wire;
  };

  it('counts the bytes of what is open and of what has closed, each once', () => {
    const traffic = new DoorTraffic('HTTP');
    const [one, other] = [enter(traffic), enter(traffic)];
    one.passes(10, 100);
    expect(traffic.figures()).toMatchObject({ connections: 2, open: 2, bytesIn: 10, bytesOut: 100 });
    expect(traffic.figures()).toMatchObject({ bytesIn: 10, bytesOut: 100 });
    one.passes(1, 2);
    one.emit('close');
    other.passes(5, 0);
    expect(traffic.figures()).toMatchObject({ connections: 2, open: 1, bytesIn: 16, bytesOut: 102 });
  });

  it('takes nothing back when a connection is cut with something unsent', () => {
    const traffic = new DoorTraffic('HTTP');
    const wire = enter(traffic);
    wire.passes(0, 1000);
    expect(traffic.figures().bytesOut).toBe(1000);
    wire.bytesWritten = 400;
    wire.emit('close');
    expect(traffic.figures().bytesOut).toBe(1000);
  });

  it('reaches all of very many in a few looks, while they come and go', () => {
    const traffic = new DoorTraffic('HTTP');
    const wires = Array.from({ length: 2500 }, () => enter(traffic));
    for (const wire of wires) wire.passes(1, 0);
    expect(traffic.figures().bytesIn).toBe(1000);
    for (const wire of wires.slice(0, 100)) wire.emit('close');
    enter(traffic).passes(1, 0);
    expect(traffic.figures().bytesIn).toBe(2000);
    expect(traffic.figures().bytesIn).toBe(2501);
    for (const wire of wires.slice(100)) wire.emit('close');
    expect(traffic.figures()).toMatchObject({ connections: 2501, open: 1, bytesIn: 2501 });
  });
});
