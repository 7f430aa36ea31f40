import { describe, expect, it } from 'vitest';
import { redisCli } from './redis-cli.js';

describe('redisCli', () => {
  it.each([
    ['redis://127.0.0.1', 'redis-cli -h 127.0.0.1 -p 6379 PING'],
    ['redis://[::1]:6380/2', 'redis-cli -h ::1 -p 6380 PING'],
    ['rediss://example.org:6390', 'redis-cli --tls -h example.org -p 6390 PING'],
    ['redis://:hunter2@h', 'redis-cli -h h -p 6379 --askpass PING'],
    ['redis://a%3Bb:hunter2@h', "redis-cli -h h -p 6379 --user 'a;b' --askpass PING"],
  ])('%s', (url, command) => {
    expect(redisCli(url, 'PING')).toBe(command);
  });
});
