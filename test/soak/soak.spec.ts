import { expect, it } from 'vitest';
import { soak } from './soak.js';

const MINUTES = 0.2;
const SEED = 1;

// `npm run soak` goes on for half an hour and judges by it whether memory is flat; this is whether all is right meanwhile.
it('some seconds of mixed traffic: nothing is lost, strangers get nothing, no descriptor is left open', async () => {
  const { counted, fds, samples, collected } = await soak({ minutes: MINUTES, seed: SEED, hurried: true });
  const { clients, strangers, console: reader } = counted;
  for (const kind of ['visits', 'pages', 'downloads', 'websockets', 'echoed', 'echoes', 'revoked', 'extended'])
    expect([kind, clients[kind]]).toEqual([kind, expect.any(Number)]);
  for (const kind of ['tries', 'sweeps', 'wrongKnocks'])
    expect([kind, strangers[kind]]).toEqual([kind, expect.any(Number)]);
  for (const kind of ['stream-state', 'stream-changes', 'stream-trail', 'metrics'])
    expect([kind, reader[kind]]).toEqual([kind, expect.any(Number)]);
  expect(strangers).not.toHaveProperty('connected');
  expect([clients['faults'], strangers['faults'], reader['faults']]).toEqual([undefined, undefined, undefined]);
  expect(counted.flooded).toBeGreaterThan(0);
  for (const [role, count] of Object.entries(fds.after))
    expect([role, count]).toEqual([
      role,
      expect.toSatisfy((fd: number) => fd <= fds.before[role as keyof typeof fds.before]),
    ]);
  const { gateway } = samples.at(-1)!.processes;
  expect(gateway.heapUsedBytes).toBeLessThan(gateway.residentBytes);
  expect(collected.listener.length).toBeGreaterThan(1);
}, 180_000);
