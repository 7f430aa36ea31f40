import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LabBrowser } from '../lab/browser.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { attempt, becomes, Client, grant, grantKey, Served } from './hiding.fixture.js';
import { curl } from './recipe.fixture.js';

const PATH = '/.knock/status';

describe('the status page of a hidden door', () => {
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
  const url = (path = PATH): string => `http://${lab.server.address}${path}`;
  const serve = (workers: number): Promise<Served> =>
    Served.start(
      `
store: ${redis.url}
workers: ${workers}
doors:
  HTTP: { sequence: '6000,7000', listen: ['0.0.0.0:80', '[::]:80'], upstream: sample, status: on, hide: closed }
  OTHER: { sequence: '6100,7100', listen: 0.0.0.0:8090, upstream: sample, hide: closed }
`,
      { host: lab.server },
    );
  const letIn = async (door: string, port: number): Promise<void> => {
    await grant(redis, door, client().address, 600_000);
    await becomes('connected', () => attempt(client(), lab.server.address, port));
  };
  const lives = async (): Promise<boolean> =>
    (await redis.cli('EXISTS', grantKey('HTTP', client().address))).trim() === '1';
  const isShut = (): Promise<void> => becomes('ECONNREFUSED', () => attempt(client(), lab.server.address, 80));

  it.each([1, 2])(
    'curl asks and closes the door; the answer comes, then the port is gone; workers: %i',
    async (workers) => {
      await using served = await serve(workers);
      await letIn('HTTP', 80);
      expect(JSON.parse((await curl(client(), url())).body)).toEqual({
        door: 'HTTP',
        ip: client().address,
        seconds_left: expect.any(Number) as number,
      });
      await using idle = await Client.connect(client(), lab.server.address, 80);
      const held = async (): Promise<string> =>
        (await lab.server.run('ss', ['-Htnp', 'state', 'connected', 'sport', '=', ':80'])).stdout;
      await expect.poll(held, { timeout: 10_000 }).toContain('users:');
      // of curl's two requests on one connection the second one is the last that is answered
      const args = ['--max-time', '5', '-sS', '-w', '%{http_code} %{num_connects}\\n', '-o', '/dev/null'];
      const { code, stdout } = await client().run('curl', [...args, url('/'), '--next', '-X', 'POST', ...args, url()]);
      expect([code, stdout]).toEqual([0, '200 1\n204 0\n']);
      expect(await lives()).toBe(false);
      await isShut();
      idle.request(); // its RST may have been lost on the way: the kernel hears the client no more
      await idle.program.waitForLine(/^closed$/u, 10_000);
      expect(idle.program.lines.filter((line) => line.startsWith('data'))).toEqual([]);
      // no process keeps a connection; what the kernel still has of one is its own to end
      await expect.poll(held, { timeout: 10_000 }).not.toContain('users:');
      await served.knockgate.stop();
    },
  );

  describe('in a browser', () => {
    const opened = async ({ browser }: LabBrowser): Promise<{ readonly page: Page; readonly faults: string[] }> => {
      const page = await browser.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (line) => line.text().includes('Content Security Policy') && faults.push(line.text()));
      return { page, faults };
    };

    it('counts down, and its button closes the door', async () => {
      await using served = await serve(2);
      await letIn('HTTP', 80);
      await using chromium = await LabBrowser.start(client());
      const { page, faults } = await opened(chromium);
      await page.goto(url(`${PATH}?from=a-bookmark`));
      const first = Number(await page.locator('#left').textContent());
      await expect.poll(async () => Number(await page.locator('#left').textContent())).toBeLessThan(first);
      await page.getByRole('button', { name: 'Close the door' }).press('Enter');
      await page.getByText('The door is closed.').waitFor();
      expect(faults).toEqual([]);
      expect(await lives()).toBe(false);
      await isShut();
      await served.knockgate.stop();
    });

    it('another site can neither read it, nor frame it, nor post to it', async () => {
      await using served = await serve(1);
      await letIn('HTTP', 80);
      await letIn('OTHER', 8090);
      await using chromium = await LabBrowser.start(client());
      const { page, faults } = await opened(chromium);
      const elsewhere = `http://${lab.server.address}:8090/`;
      await page.goto(elsewhere);
      const fetched = (how: RequestInit): Promise<string> =>
        page.evaluate(
          ([asked, init]) =>
            fetch(asked, init).then(
              ({ type }) => type,
              () => 'refused',
            ),
          [url(), how] as const,
        );
      expect(await fetched({})).toBe('refused');
      expect(await fetched({ method: 'POST' })).toBe('refused');
      expect(await fetched({ method: 'POST', mode: 'no-cors' })).toBe('refused');
      await page.setContent(`<iframe src="${url()}"></iframe>`);
      await expect.poll(() => faults).toEqual([expect.stringContaining('frame-ancestors')]);
      await page.setContent(`<form method="post" action="${url()}"><button>Win</button></form>`);
      const answered = page.waitForResponse(url());
      await page.getByRole('button').press('Enter');
      const response = await answered;
      expect(response.request().method()).toBe('POST');
      expect(await response.request().headerValue('origin')).toBe(elsewhere.slice(0, -1));
      expect(response.status()).toBe(403);
      expect(await lives()).toBe(true);
      await served.knockgate.stop();
    });
  });
});
