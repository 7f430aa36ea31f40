import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NetLab } from './netlab.js';
import { RedisServer } from './redis-server.js';

describe('RedisServer', () => {
  it('answers, and leaves neither process nor files', async () => {
    const redis = await RedisServer.start();
    expect(await redis.cli('SET', 'door', 'open')).toBe('OK');
    expect(await redis.cli('GET', 'door')).toBe('open');
    expect(redis.url).toBe(`redis://127.0.0.1:${redis.port}`);
    const { pid } = redis;
    const directory = await redis.cli('CONFIG', 'GET', 'dir');
    expect(existsSync(directory.split('\n')[1] ?? '')).toBe(true);

    await redis.stop();

    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(directory.split('\n')[1] ?? '')).toBe(false);
    await expect(redis.cli('PING')).rejects.toThrow('Connection refused');
  });

  it('starts again on the same port, empty', async () => {
    await using redis = await RedisServer.start();
    await redis.cli('SET', 'door', 'open');
    await redis.stop('SIGKILL');
    await redis.start();
    expect(await redis.cli('EXISTS', 'door')).toBe('0');
    await expect(redis.start()).rejects.toThrow('running already');
  });

  it('rejects with the error that the server answers', async () => {
    await using redis = await RedisServer.start();
    await redis.cli('SET', 'door', 'open');
    await expect(redis.cli('INCR', 'door')).rejects.toThrow('not an integer');
  });

  it('is silent while paused and goes on afterwards', async () => {
    await using redis = await RedisServer.start();
    redis.pause();
    const answer = redis.cli('PING');
    const first = await Promise.race([answer, redis.cli('-t', '1', 'PING').catch(() => 'silent')]);
    expect(first).toBe('silent');
    redis.resume();
    expect(await answer).toBe('PONG');
  });

  it("listens in a lab, for the server's own processes or for others too", async () => {
    await using lab = await NetLab.create();
    await using own = await RedisServer.start({ host: lab.server, port: 6379 });
    await using shared = await RedisServer.start({ host: lab.server, address: lab.server.address6, port: 6380 });
    expect(await own.cli('PING')).toBe('PONG');
    expect(shared.url).toBe('redis://[fd77::1]:6380');
    const client = lab.host('client');
    expect((await client.run('redis-cli', ['-h', lab.server.address6, '-p', '6380', 'PING'])).stdout).toBe('PONG\n');
    expect((await client.run('redis-cli', ['-h', lab.server.address, '-p', '6379', 'PING'])).code).toBe(1);
  });
});
