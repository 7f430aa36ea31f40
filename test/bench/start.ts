import { NetLab } from '../lab/netlab.js';
import { Nginx } from '../lab/nginx.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { type Effort, median, type Report } from './report.js';
import { startMeasured } from './start-measured.js';

const READY_MS = 1000;
const NGINX_PORT = 8081;

/** How long is a start, until the doors are open? */
export async function start({ rounds }: Effort): Promise<Report> {
  await using lab = await NetLab.create({ clients: ['client'] });
  await using redis = await RedisServer.start({ host: lab.server });
  const serve: number[] = [];
  const up: number[] = [];
  const node: number[] = [];
  const nginx: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    serve.push(await timeKnockgate('serve', lab, redis));
    up.push(await timeKnockgate('up', lab, redis));
    node.push(await timed(() => lab.server.run(process.execPath, ['-e', '0'])));
    nginx.push(await timeNginx(lab));
  }
  const peers = [
    { who: 'nginx', values: nginx },
    { who: 'node, no program', values: node },
  ];
  const target = { text: `under ${READY_MS} ms`, met: median(serve) < READY_MS };
  return {
    title: 'How long is a start?',
    lead: `From the start of the process, as root with a port to hide, until it says that it is ready: its doors are open and the grants in
Redis known. nginx says so once it listens. A Node process without a program is the part that no program for it can avoid.`,
    figures: [
      { name: 'start-serve', what: 'start of `serve` to ready', unit: 'ms', ours: serve, peers, target },
      { name: 'start-up', what: 'start of `up` to ready', unit: 'ms', ours: up, peers },
    ],
    findings: FINDINGS,
  };
}

const FINDINGS = `What bounds a start, by profile: one thread's time, most of which goes into finding, reading and compiling the 1,700 files of
the program and of what it is built on (Nest 370, rxjs 230, zod 95, yaml 70). Put into one file by a bundler, the same program was
ready in less than half the time.`;

async function timeKnockgate(command: 'serve' | 'up', { server }: NetLab, redis: RedisServer): Promise<number> {
  await using directory = await TempDir.create('start');
  const { knockgate, readyMs } = await startMeasured({ host: server, redis, directory, command });
  await knockgate.stop();
  return readyMs;
}

async function timeNginx({ server }: NetLab): Promise<number> {
  let nginx: Nginx | undefined;
  const ms = await timed(async () => (nginx = await Nginx.start({ host: server, port: NGINX_PORT })));
  await nginx?.stop();
  return ms;
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await act();
  return performance.now() - startMs;
}
