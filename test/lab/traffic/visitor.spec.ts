import { expect, it } from 'vitest';
import { NetLab } from '../netlab.js';
import { Nginx } from '../nginx.js';
import { Visitor } from './visitor.js';

it('a visitor tells what becomes of each page that he asks for, while it is there and when it is not', async () => {
  await using lab = await NetLab.create({ clients: ['client'] });
  const { address } = lab.server;
  await using nginx = await Nginx.start({ host: lab.server, address, port: 80, bigBytes: 1e9, bigRate: 1e4 });
  const visit = { target: address, pages: [80, 81], everyMs: 20, downloads: [80], quiet: false };
  await using visitor = await Visitor.start(lab.host('client'), visit);
  await visitor.served(80, Date.now());
  expect(await visitor.next(81, Date.now())).toMatchObject({ what: 'ECONNREFUSED', bytes: 0 });
  await nginx.waitForAccess(/"GET \/ HTTP/u);
  await nginx.program.kill();
  const goneMs = Date.now();
  expect(await visitor.next(80, goneMs)).toMatchObject({ what: 'ECONNREFUSED' });
  expect(visitor.between(goneMs, Date.now()).filter(({ what }) => what === 'served')).toEqual([]);
  const counts = await visitor.stop();
  expect(counts['80 served']).toBeGreaterThan(0);
  expect(counts['81 served']).toBeUndefined();
});
