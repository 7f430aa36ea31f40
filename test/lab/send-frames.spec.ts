import { expect, it } from 'vitest';
import { Capture } from './capture.js';
import { NetLab } from './netlab.js';
import { macOf, sendFrames } from './send-frames.js';

it('sendFrames: each frame arrives as it was sent, in order, paced or not', async () => {
  await using lab = await NetLab.create({ clients: ['client'] });
  const client = lab.host('client');
  const header = Buffer.concat([await macOf(lab.server), await macOf(client), Buffer.from([0x88, 0xb5])]);
  const frames = Array.from({ length: 300 }, (_, i) => Buffer.concat([header, Buffer.alloc(60 + i, i)]));
  await using capture = await Capture.start(lab.server, { filter: 'ether proto 0x88b5' });
  await sendFrames(client, frames);
  await sendFrames(client, frames, { perSecond: 5000 });
  await expect.poll(async () => (await capture.frames()).length).toBe(600);
  expect(await capture.frames()).toEqual([...frames, ...frames]);
});
