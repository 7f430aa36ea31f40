import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CodeBlock, DocPage } from './doc-page.js';
import { KNOCK, must } from './plans.js';
import { Scene } from './scene.js';

const deployment = await DocPage.read('docs/deployment.md');
const [pp, xff] = deployment.files.filter(({ name }) => name === 'gateway.yaml');
const listener = deployment.files.find(({ name }) => name === 'balancer.yaml')!;
const inLanguage = (wanted: string): CodeBlock => deployment.blocks.find(({ language }) => language === wanted)!;

const NGINX = `daemon off;
error_log stderr notice;
events {}
http {
  access_log off;
`;

/** The configs of docs/deployment.md, as they stand there, on hosts with the addresses that they name. */
describe.each([
  // HAProxy passes the reset on; nginx speaks where the gateway would not
  { name: 'PROXY protocol, HAProxy', gateway: pp!, balancer: 'haproxy', refused: /^ 000$/u },
  { name: 'X-Forwarded-For, nginx', gateway: xff!, balancer: 'nginx', refused: / 502$/u },
] as const)('behind a load balancer: $name', ({ gateway, balancer, refused }) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.create({ hosts: ['client', 'stranger', 'balancer', 'gateway1', 'gateway2'] });
    await scene.write('balancer.yaml', listener.text);
    await scene.write('gateway.yaml', gateway.text);
    await scene.start('knockgate listen --config balancer.yaml', /ready: /u, { host: 'balancer' });
    for (const host of ['gateway1', 'gateway2']) {
      await scene.start('knockgate serve --config gateway.yaml', /ready: /u, { host });
    }
    const { text } = inLanguage(balancer);
    await scene.write('/etc/balancer.conf', balancer === 'haproxy' ? `${text}\n` : `${NGINX}${text}\n}\n`);
    if (balancer === 'haproxy') {
      await scene.start('haproxy -W -f /etc/balancer.conf', /Loading success/u, { host: 'balancer' });
    } else await scene.start('nginx -e stderr -c /etc/balancer.conf', /\[notice\].* OS: /u, { host: 'balancer' });
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const page = (host: string) => scene.shell('curl -sS -m 5 -w " %{http_code}" http://example.org/', { host });

  it('who has knocked gets the page, through each gateway; a stranger does not', async () => {
    expect((await page('client')).stdout).not.toContain('hidden page');
    await must(scene, KNOCK, 'client');
    await scene.until('redis-cli XRANGE "knockgate:{HTTP}:events" - +', /^opened$/mu);
    await vi.waitFor(async () => expect((await page('client')).stdout).toMatch(/ 200$/u));
    for (let i = 0; i < 4; i++) expect((await page('client')).stdout).toMatch(/The hidden page[^]* 200$/u);
    expect((await page('stranger')).stdout).toMatch(refused);
    expect((await page('client')).stdout).toMatch(/ 200$/u);
    const grants = await must(scene, 'redis-cli --scan --pattern "knockgate:*:grant:*"');
    expect(grants.trim()).toBe('knockgate:{HTTP}:grant:203.0.113.7');
  });

  it("the grant's end is recorded once, and shuts the door at both", async () => {
    await must(scene, "redis-cli DEL 'knockgate:{HTTP}:grant:203.0.113.7'");
    await scene.until('redis-cli XRANGE "knockgate:{HTTP}:events" - +', /^revoked$/mu);
    for (let i = 0; i < 4; i++) expect((await page('client')).stdout).not.toContain('hidden page');
    const trail = await must(scene, 'redis-cli XRANGE "knockgate:{HTTP}:events" - +');
    expect(trail.match(/^revoked$/gmu)).toHaveLength(1);
  });
});
