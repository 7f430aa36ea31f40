import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf } from './commands-of.js';
import { DocPage } from './doc-page.js';
import { KNOCK, must, SAMPLE } from './plans.js';
import { Scene } from './scene.js';

const page = await DocPage.read('docs/redis.md');
/** Its rights, and what `attempts: shared` wants besides. */
const commands = commandsOf(page).flatMap(({ command }) =>
  command.startsWith('redis-cli ACL SETUSER knockgate ') ? [command] : [],
);
/** Those that they name one by one. */
const named = commands.flatMap((command) => [...command.matchAll(/\+([a-z]+)\b/gu)].map(([, name]) => name!));
const ONE_TIME = '6001,6002,6003';

describe('the user of docs/redis.md', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.create();
    expect(commands).toHaveLength(2);
    for (const command of commands) await must(scene, command);
    await must(scene, 'redis-cli CONFIG RESETSTAT');
    const store = SAMPLE.replace('redis://', 'redis://knockgate:PASSWORD@');
    const door = `  ONCE:\n    one_time_sequences: /etc/once\n    listen: 8099\n    upstream: sample\n`;
    await scene.write('/etc/once', `${ONE_TIME}\n6004,6005,6006\n`);
    await scene.write('knockgate.yaml', `attempts: shared\n${store}${door}`);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it('may do all that listener, gateway and commands do', async () => {
    await scene.start('knockgate listen', /ready: /u);
    const gateway = await scene.start('knockgate serve', /ready: /u);
    await must(scene, `${KNOCK} --wait http://example.org/`, 'client');
    await must(scene, KNOCK, 'client'); // extends
    await must(scene, `knockgate knock example.org ${ONE_TIME.replaceAll(',', ' ')}`, 'client');
    await scene.until('knockgate grants', /^ONCE +203\.0\.113\.7/mu);
    for (const line of ['status', 'grant HTTP 203.0.113.9 --for 1s', 'revoke HTTP 203.0.113.7', 'events']) {
      await must(scene, `knockgate ${line}`);
    }
    await scene.until('knockgate events', /203\.0\.113\.9 +command timeout/u);
    await gateway.stop(); // takes its report back
    expect(await must(scene, 'redis-cli ACL LOG')).toBe('\n');
  });

  it('may do no more than that', async () => {
    const stats = await must(scene, 'redis-cli INFO commandstats');
    const used = new Set([...stats.matchAll(/^cmdstat_([a-z]+)/gmu)].map(([, name]) => name));
    const [, ...groups] = ['', 'connection']; // given as a group: AUTH, HELLO, PING, CLIENT …
    expect(named.filter((name) => !groups.includes(name) && !used.has(name))).toEqual([]);
    for (const words of [
      'GET other',
      'SET other 1',
      'KEYS x',
      'CONFIG GET save',
      'FLUSHALL',
      'CLIENT LIST',
      'PUBLISH x y',
    ]) {
      const line = `redis-cli --no-auth-warning --user knockgate --pass PASSWORD ${words}`;
      expect(await must(scene, line)).toMatch(/NOPERM/u);
    }
  });
});
