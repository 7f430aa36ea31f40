import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { KNOCK, must, running } from './plans.js';
import { Scene } from './scene.js';

const EVENTS = 'knockgate events';
const PAGE = 'curl -sS -m 5 http://example.org/';

/** What docs/SECURITY.md says that others can do with a knock, and cannot. */
describe('what a knock is worth', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.create({ hosts: ['client', 'stranger'] });
    await running(scene);
  });
  afterEach(async () => {
    await must(scene, 'redis-cli FLUSHALL');
    await scene.until(`${PAGE} || echo shut`, /shut/u);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const stranger = (line: string) => scene.shell(line, { host: 'stranger' });
  const spoofed = (flags: string, port: number) =>
    `hping3 -q -c 1 -a 203.0.113.7 ${flags} -p ${port} example.org || true`;

  it('who sees the packets can repeat it, from an address of his own', async () => {
    const seen = await scene.start(
      "tcpdump -l -ni any 'src 203.0.113.7 and (udp or tcp[tcpflags] & tcp-syn != 0)'",
      /listening on/u,
    );
    await must(scene, KNOCK, 'client');
    await seen.waitForLine(/ > 192\.0\.2\.1\.8264: /u);
    const steps = seen.lines.flatMap((line) => {
      const [, port, rest] = / In .* > 192\.0\.2\.1\.(\d+): (.*)$/u.exec(line) ?? [];
      return port === undefined ? [] : [`${port}:${rest!.startsWith('UDP') ? 'udp' : 'tcp'}`];
    });
    expect((await stranger(PAGE)).code).toBe(7);
    await stranger(`knockgate knock example.org ${steps.join(' ')} --wait http://example.org/`);
    expect((await stranger(PAGE)).stdout).toContain('The hidden page');
  });

  it('who shares the address comes in, and only as long as it is open', async () => {
    const neighbour = `setpriv --reuid 65534 --regid 65534 --clear-groups ${PAGE}`;
    await must(scene, `${KNOCK} --wait http://example.org/`, 'client');
    expect((await scene.shell(neighbour, { host: 'client' })).stdout).toContain('The hidden page');
    await must(scene, 'knockgate revoke HTTP 203.0.113.7');
    await scene.until(EVENTS, /revoked/u);
    expect((await scene.shell(neighbour, { host: 'client' })).code).toBe(7);
  });

  it('who spoofs the address spoils a knock', async () => {
    await must(scene, 'knockgate knock example.org 7341 6120', 'client');
    await scene.until(EVENTS, /203\.0\.113\.7 +Stage 2 of 4/u);
    await stranger(spoofed('-S', 5555));
    await scene.until(EVENTS, /wrong port, attempt voided \(stage 2\)/u);
    await must(scene, 'knockgate knock example.org 9853:udp 8264', 'client');
    expect((await scene.shell(PAGE, { host: 'client' })).code).toBe(7);
  });

  it('who spoofs it and knows the sequence opens for the address, and comes in himself no more than before', async () => {
    for (const [flags, port] of [
      ['-S', 7341],
      ['-S', 6120],
      ['-2', 9853],
      ['-S', 8264],
    ] as const) {
      await stranger(spoofed(flags, port));
    }
    await scene.until(EVENTS, /203\.0\.113\.7 +OPEN SESAME/u);
    expect((await stranger(PAGE)).code).toBe(7);
    expect((await scene.shell(PAGE, { host: 'client' })).stdout).toContain('The hidden page');
  });
});
