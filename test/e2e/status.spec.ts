import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { RedisGrantStore } from '#grants';
import { Knockgate } from '../lab/knockgate.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';

const DOORS = `
doors:
  HTTP: { sequence: '7341,6120,9853', listen: ['127.0.0.1:8080', '[::1]:8080'], upstream: http://127.0.0.1:8081 }
  SSH: { sequence: '7342,6121,9854', listen: 127.0.0.1:22, upstream: none }
`;

describe('status', () => {
  let folder: TempDir;
  let redis: RedisServer;
  let store: RedisGrantStore;
  beforeAll(async () => {
    folder = await TempDir.create('status');
    redis = await RedisServer.start();
    store = new RedisGrantStore(redis.url, 10_000);
    await writeFile(folder.file('knockgate.yaml'), `store: ${redis.url}${DOORS}`);
  });
  beforeEach(async () => {
    await vi.waitFor(() => store.ping(), { timeout: 10_000 });
    await redis.cli('FLUSHALL');
  });
  afterAll(async () => {
    await store.close();
    await redis.stop();
    await folder.remove();
  });

  const status = (...args: string[]) => Knockgate.run(['status', ...args], { cwd: folder.path });
  const grant = (ip: string, ttlMs: number) =>
    store.grant({ door: 'HTTP', ip, ttlMs, method: 'knock', listener: 'test:1' });

  it('shows each door, who is in and for how long, what happened last, the store and the versions', async () => {
    for (let i = 1; i <= 6; i += 1) await grant(`203.0.113.${i}`, 60_000 * i);
    await store.record('SSH', { event: 'voided', ip: '2001:db8::1', stage: '2' });
    const { code, stdout, stderr } = await status();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^knockgate \d+\.\d+\.\d+, Node \d+\.\d+\.\d+; config: knockgate\.yaml$/mu);
    expect(stdout).toMatch(/^store: Redis \d+\.\d+\.\d+ at 127\.0\.0\.1:\d+, answers in \d+\.\d ms$/mu);
    const [processes, http, ssh] = stdout.split('\n\n').slice(1);
    expect(processes).toMatch(/^processes\n {2}none: /u);
    expect(http).toMatch(/^ {2}at {11}127\.0\.0\.1:8080, \[::1\]:8080$/mu);
    expect(http).toMatch(/^ {2}hidden by {4}hide: auto$/mu);
    expect(http).toMatch(/^ {2}behind it {4}http:\/\/127\.0\.0\.1:8081 \(mode: http\)$/mu);
    expect(http).toMatch(/^ {2}in now {7}203\.0\.113\.1 \d+ s, (?:\S+ \d+ s, ){3}and 2 more$/mu);
    expect(http).toMatch(/^ {2}last open {4}203\.0\.113\.6, \d+ s ago: OPEN SESAME, 360 s \(knock\)$/mu);
    expect(http).toMatch(/^ {2}last failed {2}none that is still in the audit trail$/mu);
    expect(ssh).toMatch(/^ {2}hidden by {4}knockgate hide, without a proxy$/mu);
    expect(ssh).toMatch(/^ {2}in now {7}nobody$/mu);
    expect(ssh).toMatch(/^ {2}last failed {2}2001:db8::1, \d+ s ago: wrong port, attempt voided \(stage 2\)$/mu);
    expect(stdout).not.toMatch(/7341|6120|9853/u);
  });

  it('--json has the same', async () => {
    await grant('203.0.113.1', 60_000);
    const { code, stdout } = await status('--json');
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      {
        version: expect.stringMatching(/^\d/u),
        node: process.versions.node,
        files: ['knockgate.yaml'],
        store: {
          kind: 'redis',
          reachable: true,
          name: expect.stringMatching(/^Redis \d/u),
          servers: [`127.0.0.1:${redis.port}`],
          answer_ms: expect.any(Number),
        },
        processes: [],
        doors: [
          {
            name: 'HTTP',
            listen: ['127.0.0.1:8080', '[::1]:8080'],
            mode: 'http',
            hide: 'auto',
            upstream: 'http://127.0.0.1:8081',
            grants: [{ ip: '203.0.113.1', seconds_left: expect.any(Number) }],
            last_open: expect.objectContaining({ seconds_ago: expect.any(Number), event: 'opened', ip: '203.0.113.1' }),
            last_failed: null,
          },
          expect.objectContaining({ name: 'SSH', listen: ['127.0.0.1:22'], upstream: 'none', grants: [] }),
        ],
      },
    ]);
    expect(stdout).not.toMatch(/7341|6120|9853/u);
  });

  it('a store that is away is part of the answer, exit 1; its password is not', async () => {
    await writeFile(folder.file('away.yaml'), `store: redis://:hunter2@127.0.0.1:1${DOORS}`);
    const { code, stdout, stderr } = await status('--config', 'away.yaml');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^store: unreachable: .*ECONNREFUSED/mu);
    expect(stdout).toContain('127.0.0.1:8080');
    expect(stderr).toMatch(/^knockgate: store unreachable: .*\n$/u);
    expect(stdout + stderr).not.toContain('hunter2');
    const json = await status('--config', 'away.yaml', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      store: { reachable: false },
      processes: null,
      doors: [{ grants: null }, {}],
    });
  });

  it('with store: memory, what the config says', async () => {
    await writeFile(folder.file('memory.yaml'), `store: memory${DOORS.replace('none', 'tcp://127.0.0.1:23')}`);
    const { code, stdout } = await status('--config', 'memory.yaml');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^store: memory; .*\n\nHTTP\n {2}at /mu)]);
  });
});
