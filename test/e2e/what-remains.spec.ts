import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { attempt, becomes, grant, grantKey, Served } from './hiding.fixture.js';

const REFUSED = 'ECONNREFUSED';
const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
/** One request, and the server ends the connection first: TIME_WAIT is then at its side (RFC 9293, 3.6). */
const VISIT = `
  const [host, localPort] = process.argv.slice(1);
  const socket = require('node:net').connect({ host, port: 80, localPort: Number(localPort), allowHalfOpen: true });
  socket.write('GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n');
  socket.resume().on('end', () => socket.end(() => console.log('over')));`;

/** What docs/SECURITY.md says can still be told of a hidden port, and what cannot. */
describe('what remains to be seen', () => {
  let lab: NetLab;
  let redis: RedisServer;
  beforeAll(async () => {
    lab = await NetLab.create();
    redis = await RedisServer.start({ host: lab.server });
  });
  afterAll(async () => {
    await redis.stop();
    await lab.stop();
  });
  afterEach(async () => {
    await redis.cli('FLUSHALL');
  });

  const client = () => lab.host('client');
  const target = (): string => lab.server.address;
  const serve = (hide: 'closed' | 'filtered'): Promise<Served> => {
    const door = `{ sequence: '6000,7000', listen: ['0.0.0.0:80', '0.0.0.0:8080'], upstream: sample, hide: ${hide} }`;
    return Served.start(`store: ${redis.url}\ndoors:\n  HTTP: ${door}\n`, { host: lab.server });
  };
  /** The flags of what answers a SYN. */
  const answerTo = async (from: string, sourcePort: number): Promise<string | undefined> => {
    const args = ['-S', '-c', '1', '-s', String(sourcePort), '-k', '-p', '80', target()];
    const { stdout } = await lab.host(from).run('hping3', args);
    return / flags=(\w+)/u.exec(stdout)?.[1];
  };

  it('a former visitor, from the port of a connection that ended a moment ago: TIME_WAIT answers, and no other port', async () => {
    await using served = await serve('closed');
    await grant(redis, 'HTTP', client().address);
    await becomes('connected', () => attempt(client(), target(), 80));
    expect((await client().run(process.execPath, ['-e', VISIT, target(), '40001'])).stdout).toBe('over\n');
    await redis.cli('DEL', grantKey('HTTP', client().address));
    await becomes(REFUSED, () => attempt(client(), target(), 80));
    expect(await answerTo('client', 40_001)).toBe('A');
    expect(await answerTo('client', 40_002)).toBe('RA'); // as a closed port does
    expect(await answerTo('stranger', 40_001)).toBe('RA');
    expect(served.knockgate.program.exitCode).toBeUndefined();
  });

  it('filtered: a gateway that is gone leaves a closed port', async () => {
    await using served = await serve('filtered');
    expect(await attempt(client(), target(), 80)).toBe('timeout');
    await served.knockgate.program.kill();
    expect(await attempt(client(), target(), 80)).toBe(REFUSED);
  });

  it('local users without a grant find nothing either', async () => {
    await using served = await serve('closed');
    for (const address of ['127.0.0.1', target()]) expect(await attempt(lab.server, address, 80)).toBe(REFUSED);
    expect(served.knockgate.program.exitCode).toBeUndefined();
  });

  it('a steered port is free for other programs: those strangers find, who has a grant does not', async () => {
    await using served = await serve('closed');
    await using other = lab.server.spawn('setpriv', [...NOBODY, 'nc', '-l', '-k', '-v', '-n', '-p', '8080']);
    await other.waitForLine(/Listening/u);
    expect(await attempt(client(), target(), 8080)).toBe('connected');
    await grant(redis, 'HTTP', client().address);
    const page = () => client().run('curl', ['-s', '--max-time', '2', `http://${target()}:8080/`]);
    await expect.poll(async () => (await page()).stdout, { timeout: 15_000 }).toContain('You knocked');
    expect(served.knockgate.program.exitCode).toBeUndefined();
  });

  it("another process of the gateway's user does not get at its maps", async () => {
    await using served = await serve('closed');
    const { code, stderr } = await lab.server.run('setpriv', [...NOBODY, 'ls', `/proc/${served.pid}/fd`]);
    expect([code, stderr]).toEqual([2, expect.stringContaining('Permission denied')]);
  });
});
