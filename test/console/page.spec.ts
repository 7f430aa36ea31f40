import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { curl } from '../e2e/recipe.fixture.js';
import { HTTP_KNOCKS, HTTP_PORT, ORIGIN, PageLab } from './page-lab.js';

const PHONE = { width: 360, height: 740 };
/** Asks for the page, keeps the connection, and says when it is ended. */
const KEEPS_OPEN = `
const socket = require('node:net').connect(Number(process.argv[2]), process.argv[1]);
socket.write('GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n');
socket.once('data', () => console.log('has the page'));
socket.on('error', () => {}).on('close', () => console.log('cut'));
`;
/** As somebody would write it with redis-cli. ARGV: door, seconds, granted_at, addresses. */
const GRANTS = `
for i = 4, #ARGV do
  local key = 'knockgate:{' .. ARGV[1] .. '}:grant:' .. ARGV[i]
  redis.call('HSET', key, 'door', ARGV[1], 'ip', ARGV[i], 'granted_at', ARGV[3], 'expires_at', ARGV[3],
    'method', 'knock', 'listener', 'test')
  redis.call('EXPIRE', key, ARGV[2])
end`;
/** ARGV: a door, how many. */
const MANY_EVENTS = `
for i = 1, tonumber(ARGV[2]) do
  redis.call('XADD', 'knockgate:{' .. ARGV[1] .. '}:events', '*', 'event', 'voided', 'at', '2026-01-02T03:04:05.000Z',
    'ip', '198.19.' .. math.floor(i / 250) .. '.' .. (i % 250 + 1), 'stage', 2)
end`;

/** Waits until it is so. */
async function expectSoon<T>(actual: () => Promise<T>, expected: T): Promise<void> {
  await vi.waitFor(async () => expect(await actual()).toEqual(expected), { timeout: 20_000, interval: 100 });
}

/** What of the browser's DOM is used here; the tests are compiled without its types. */
interface Scrollable {
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
  querySelectorAll(selector: string): Iterable<{ readonly dataset: Readonly<Record<string, string>> }>;
}

/** Scrolls on until there is no more, older ones that come meanwhile included. */
async function scrollToEnd(list: Locator): Promise<void> {
  const scrollOn = (each: Scrollable): number => {
    each.scrollTop += 2000;
    return each.scrollHeight - each.clientHeight - each.scrollTop;
  };
  await vi.waitFor(
    async () => {
      expect(await list.evaluate(scrollOn)).toBeLessThan(1);
      expect(
        await list
          .page()
          .getByText(/in all, back to/u)
          .count(),
      ).toBe(1);
    },
    { timeout: 20_000, interval: 50 },
  );
}

/** The rows that are to be seen are in the document a few frames after it was scrolled. */
function drawn(page: Page): Promise<void> {
  return page.evaluate(async () => {
    const { requestAnimationFrame } = globalThis as unknown as {
      readonly requestAnimationFrame: (then: () => void) => void;
    };
    for (let i = 0; i < 4; i += 1) await new Promise<void>((resolve) => requestAnimationFrame(resolve));
  });
}

/** Of all rows, as they come by. */
async function keysByScrolling(list: Locator): Promise<string[]> {
  const keys = new Set<string>();
  await list.evaluate((each: Scrollable) => void (each.scrollTop = 0));
  for (;;) {
    await drawn(list.page());
    const { shown, isEnd } = await list.evaluate((each: Scrollable) => ({
      shown: [...each.querySelectorAll('[data-key]')].map(({ dataset }) => dataset['key']!),
      isEnd: each.scrollTop + each.clientHeight >= each.scrollHeight - 1,
    }));
    for (const key of shown) keys.add(key);
    if (isEnd) return [...keys];
    await list.evaluate((each: Scrollable) => void (each.scrollTop += each.clientHeight));
  }
}

/** CSS pixels that the page can be scrolled to the side by. */
function sideways(page: Page): Promise<number> {
  return page.evaluate(
    'Math.max(document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll(".panel, .row, .top")].map((each) => each.scrollWidth - each.clientWidth))',
  );
}

/** The name of what has the focus. */
function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()');
}

describe('the console page', () => {
  let lab: PageLab;
  beforeAll(async () => {
    lab = await PageLab.start();
  });
  afterAll(() => lab[Symbol.asyncDispose]());
  beforeEach(async () => {
    const grantKeys = await keysLike('knockgate:{*}:grant:*');
    if (grantKeys.length > 0) {
      // the gateway records their ends, which are not to be in the next test
      const before = await endings();
      await lab.redis.cli('DEL', ...grantKeys);
      await expectSoon(async () => (await endings()) >= before + grantKeys.length, true);
    }
    await lab.redis.cli('DEL', 'knockgate:{HTTP}:events', 'knockgate:{SSH}:events');
  });

  async function keysLike(pattern: string): Promise<string[]> {
    const keys = await lab.redis.cli('--scan', '--pattern', pattern);
    return keys === '' ? [] : keys.split('\n');
  }

  async function endings(): Promise<number> {
    const trails = ['HTTP', 'SSH'].map((door) => lab.redis.cli('XRANGE', `knockgate:{${door}}:events`, '-', '+'));
    return (await Promise.all(trails))
      .join('\n')
      .split('\n')
      .filter((line) => /^(?:revoked|expired)$/u.test(line)).length;
  }

  const card = (page: Page, door: string) => page.getByRole('article', { name: `door ${door}` });
  const grants = (page: Page, door: string) => page.getByRole('list', { name: `grants at ${door}` });
  const row = (page: Page, door: string, ip: string) =>
    grants(page, door).getByRole('listitem').filter({ hasText: ip });
  const log = (page: Page) => page.getByRole('list', { name: 'events, newest first' });
  const letIn = (door: string, seconds: number, ...ips: string[]) =>
    lab.redis.cli('EVAL', GRANTS, '0', door, String(seconds), new Date().toISOString(), ...ips);
  const pttl = async (door: string, ip: string) =>
    Number(await lab.redis.cli('PTTL', `knockgate:{${door}}:grant:${ip}`));

  describe('session', () => {
    it('by the link: the token leaves the address and the history, and the session outlives a reload', async () => {
      await using opened = await lab.open();
      const { page, faults } = opened;
      await card(page, 'HTTP').waitFor();
      expect(page.url()).toBe(`${ORIGIN}/`);
      expect(await page.evaluate('history.length')).toBe(2); // about:blank, and this
      await page.reload();
      await card(page, 'SSH').waitFor();
      expect(faults).toEqual([]);
    });

    it('by the form: a wrong token is told; then signs in, and out', async () => {
      await using opened = await lab.open({}, `${ORIGIN}/`);
      const { page, faults } = opened;
      await page.getByLabel('Token').fill('no');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').getByText('wrong token').waitFor();
      await page.getByLabel('Token').fill(lab.token);
      await page.keyboard.press('Enter');
      await card(page, 'HTTP').waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('Token').waitFor();
      await page.reload();
      await page.getByLabel('Token').waitFor();
      expect(faults).toEqual([]);
    });

    it('a session that has ended: the form again, and why', async () => {
      await using opened = await lab.open();
      const { page } = opened;
      await letIn('HTTP', 500, '203.0.113.7');
      await row(page, 'HTTP', '203.0.113.7').waitFor();
      await page.context().clearCookies();
      await row(page, 'HTTP', '203.0.113.7').getByRole('button', { name: '+1 min' }).click();
      await page.getByRole('alert').getByText('The session has ended').waitFor();
      await page.getByLabel('Token').waitFor();
      expect(await page.locator('body').textContent()).not.toContain('203.0.113.7');
    });
  });

  it('a knock: steps, then a grant, without a reload and without the ports', async () => {
    await using opened = await lab.open();
    const { page, faults } = opened;
    await card(page, 'HTTP').getByText('Nobody is in.').waitFor();
    const caller = lab.host('caller');
    const [first, second, ...rest] = HTTP_KNOCKS;
    await lab.knock(caller, [first, second]);
    const attempt = card(page, 'HTTP').getByRole('list', { name: 'attempts at HTTP' }).getByRole('listitem');
    await attempt.getByText(/stage 2 of 4 · \d\d s left/u).waitFor();
    expect(await attempt.getByText(caller.address).count()).toBe(1);
    expect([await attempt.locator('.filled').count(), await attempt.locator('.steps i').count()]).toEqual([2, 4]);
    await lab.knock(caller, rest);
    const granted = row(page, 'HTTP', caller.address);
    await granted.getByText(/^knock · since \d\d:\d\d:\d\d$/u).waitFor();
    await attempt.waitFor({ state: 'detached' });
    await granted.getByRole('img', { name: /^5\d s left$/u }).waitFor();
    await card(page, 'HTTP').getByText('1 in').waitFor();
    await log(page).getByText('opened for 59 s (knock)').waitFor();
    const text = (await page.locator('body').textContent()) + (await page.content());
    expect(HTTP_KNOCKS.filter((port) => text.includes(port))).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('revoke, confirmed in place, cuts what the client has open', async () => {
    await using opened = await lab.open();
    const { page, faults } = opened;
    const caller = lab.host('caller');
    await lab.knock(caller, HTTP_KNOCKS);
    const granted = row(page, 'HTTP', caller.address);
    await granted.waitFor();
    await using client = caller.spawn('node', ['-e', KEEPS_OPEN, lab.lab.server.address, String(HTTP_PORT)]);
    await client.waitForLine(/has the page/u);
    await granted.getByRole('button', { name: 'Revoke' }).click();
    await granted.getByRole('button', { name: 'Keep' }).click();
    await granted.getByRole('button', { name: 'Revoke' }).dblclick({ delay: 100 });
    expect(await pttl('HTTP', caller.address)).toBeGreaterThan(0);
    await granted.getByRole('button', { name: 'Revoke' }).click();
    await granted.getByRole('button', { name: 'Yes, cut it off' }).click();
    await client.waitForLine(/cut/u);
    await granted.waitFor({ state: 'detached' });
    await log(page).getByText('revoked (knockgate console)').waitFor();
    expect((await curl(caller, `http://${lab.lab.server.address}:${HTTP_PORT}/`)).code).not.toBe(0);
    expect(faults).toEqual([]);
  });

  it('extends by a minute, by ten, by seconds of one’s own', async () => {
    await using opened = await lab.open();
    const { page } = opened;
    await letIn('HTTP', 50, '203.0.113.7');
    const granted = row(page, 'HTTP', '203.0.113.7');
    await granted.getByRole('button', { name: '+1 min' }).click();
    await granted.getByRole('img', { name: /^1\d\d s left$/u }).waitFor();
    await granted.getByRole('button', { name: '+10 min' }).click();
    await granted.getByRole('img', { name: /^11 min \d+ s left$/u }).waitFor();
    await granted.getByRole('button', { name: '+ seconds' }).click();
    await granted.getByLabel('seconds more').fill('7200');
    await page.keyboard.press('Enter');
    await granted.getByRole('img', { name: /^2 h 11 min left$/u }).waitFor();
    expect(await pttl('HTTP', '203.0.113.7')).toBeGreaterThan(7_800_000);
  });

  it('a browser whose clock is wrong shows the right seconds', async () => {
    await letIn('HTTP', 3000, '203.0.113.7');
    await using opened = await lab.open({}, 'about:blank');
    const { page } = opened;
    await page.addInitScript('{ const now = Date.now; Date.now = () => now() + 86_400_000; }');
    await page.goto(lab.link);
    await row(page, 'HTTP', '203.0.113.7')
      .getByRole('img', { name: /^(?:50 min|49 min \d+ s) left$/u })
      .waitFor();
    expect(await page.evaluate('Date.now()')).toBeGreaterThan(Date.now() + 80_000_000);
  });

  it('lets in by hand; what is wrong is told in place', async () => {
    await using opened = await lab.open();
    const { page, faults } = opened;
    const form = page.getByRole('region', { name: 'Let in by hand' });
    await form.getByLabel('IP').fill('203.0.113');
    await form.getByRole('button').click();
    await form.getByRole('status').getByText('is not an IP address').waitFor();
    await form.getByLabel('IP').fill('2001:DB8::7');
    await form.getByLabel('door').selectOption('SSH');
    await form.getByLabel('seconds').fill('900');
    await form.getByRole('button').click();
    await form.getByRole('status').getByText('2001:db8::7 is in at SSH for 15 min').waitFor();
    await row(page, 'SSH', '2001:db8::7')
      .getByText(/^manual/u)
      .waitFor();
    expect(await pttl('SSH', '2001:db8::7')).toBeGreaterThan(890_000);
    await row(page, 'SSH', '2001:db8::7').getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('button', { name: 'Yes, cut it off' }).click();
    await row(page, 'SSH', '2001:db8::7').waitFor({ state: 'detached' });
    expect(await pttl('SSH', '2001:db8::7')).toBe(-2);
    await letIn('HTTP', 500, '203.0.113.7');
    const granted = row(page, 'HTTP', '203.0.113.7');
    await granted.getByRole('button', { name: '+ seconds' }).click();
    await granted.getByLabel('seconds more').fill('999999999');
    await page.keyboard.press('Enter');
    await granted
      .getByRole('alert')
      .getByText(/seconds: write \d+ \(a year\) or less/u)
      .waitFor();
    expect(faults).toEqual([]);
  });

  describe('events', () => {
    it('by door, by kind, by text; all of one source by a press on its address', async () => {
      await happened('HTTP', { event: 'opened', ip: '203.0.113.7', ttl: '59', method: 'knock' });
      await happened('HTTP', { event: 'voided', ip: '203.0.113.8', stage: '3' });
      await happened('SSH', { event: 'voided', ip: '203.0.113.9', stage: '1' });
      await letIn('HTTP', 500, '203.0.113.8');
      await letIn('HTTP', 500, '203.0.113.7');
      await using opened = await lab.open();
      const { page } = opened;
      const seen = () => log(page).locator('.source').allTextContents();
      await expectSoon(seen, ['203.0.113.9', '203.0.113.8', '203.0.113.7']);
      await page.getByLabel('which events').selectOption('wrong port');
      await expectSoon(seen, ['203.0.113.9', '203.0.113.8']);
      await page.getByLabel('of which door').selectOption('SSH');
      await expectSoon(seen, ['203.0.113.9']);
      await page.getByLabel('which events').selectOption('all events');
      await page.getByLabel('of which door').selectOption('all doors');
      await row(page, 'HTTP', '203.0.113.8').getByTitle('find 203.0.113.8').click();
      await expectSoon(seen, ['203.0.113.8']);
      await row(page, 'HTTP', '203.0.113.7').waitFor({ state: 'detached' });
      await card(page, 'HTTP').getByText('1 of 2 in').waitFor();
      await happened('HTTP', { event: 'expired', ip: '203.0.113.8' });
      await happened('HTTP', { event: 'expired', ip: '203.0.113.7' });
      await expectSoon(seen, ['203.0.113.8', '203.0.113.8']);
      await page.getByRole('searchbox').press('Escape');
      await expectSoon(async () => (await seen()).length, 5);
      await page.getByRole('searchbox').fill('192.0.2.77');
      await page.getByText('No event has “192.0.2.77” in it.').waitFor();
      expect(await seen()).toEqual([]);
    });

    it('stands still while one reads; older ones come by scrolling', async () => {
      await lab.redis.cli('EVAL', MANY_EVENTS, '0', 'HTTP', '700');
      await using opened = await lab.open();
      const { page } = opened;
      await page.getByRole('button', { name: 'Older' }).waitFor();
      await scrollToEnd(log(page));
      await page.getByText(/^700 in all/u).waitFor();
      await drawn(page);
      const first = await log(page).getByRole('listitem').first().getAttribute('data-key');
      await happened('HTTP', { event: 'opened', ip: '203.0.113.7', ttl: '59', method: 'knock' });
      await page.getByRole('button', { name: '1 new: show' }).waitFor();
      expect(await log(page).getByRole('listitem').first().getAttribute('data-key')).toBe(first);
      await page.getByRole('button', { name: '1 new: show' }).click();
      await log(page).getByText('203.0.113.7').waitFor();
      expect(await log(page).evaluate((list: Scrollable) => list.scrollTop)).toBe(0);
      await page.getByRole('button', { name: 'Pause' }).click();
      await happened('HTTP', { event: 'expired', ip: '203.0.113.99' });
      await page.getByRole('button', { name: '1 new: show' }).waitFor();
      await page.getByRole('button', { name: 'Resume' }).click();
      await log(page).getByText('203.0.113.99').waitFor();
    });

    it('what strangers and people at redis-cli write is text', async () => {
      const evil = '<img src=x onerror=document.title=1>';
      await happened('HTTP', { event: evil, ip: evil, '<b>': evil });
      await letIn('HTTP', 500, '203.0.113.7');
      await lab.redis.cli('HSET', 'knockgate:{HTTP}:grant:203.0.113.7', 'method', evil, 'listener', evil);
      await using opened = await lab.open();
      const { page, faults } = opened;
      await log(page).getByText(evil).first().waitFor();
      await row(page, 'HTTP', '203.0.113.7').getByText(evil).waitFor();
      expect([await page.locator('img').count(), await page.title(), faults]).toEqual([0, 'knockgate', []]);
    });
  });

  it('a lost stream is told at once, and comes back with what has happened meanwhile', async () => {
    await using opened = await lab.open();
    const { page, faults } = opened;
    await letIn('HTTP', 500, '203.0.113.7');
    await row(page, 'HTTP', '203.0.113.7').waitFor();
    await lab.end('console');
    await page.getByRole('alert').getByText('The connection to the console is lost.').waitFor();
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('alert').getByText('The connection to the console is lost.').waitFor();
    await lab.redis.cli('DEL', 'knockgate:{HTTP}:grant:203.0.113.7');
    await letIn('SSH', 500, '203.0.113.8');
    await happened('SSH', { event: 'opened', ip: '203.0.113.8', ttl: '500', method: 'manual' });
    await lab.run('console');
    await row(page, 'SSH', '203.0.113.8').waitFor();
    await row(page, 'HTTP', '203.0.113.7').waitFor({ state: 'detached' });
    await log(page).getByText('203.0.113.8').waitFor();
    expect(await page.getByText('The connection to the console is lost.').count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('Redis away, and a process: says so in words', async () => {
    await using opened = await lab.open();
    const { page } = opened;
    const state = page.getByRole('region', { name: 'State' });
    await page.getByRole('status').getByText('ready', { exact: true }).waitFor();
    await lab.end('serve');
    await state.getByText(/no gateway reports/u).waitFor({ timeout: 30_000 });
    await page.getByRole('status').getByText('not ready', { exact: true }).waitFor();
    await lab.run('serve');
    await page.getByRole('status').getByText('ready', { exact: true }).waitFor();
    lab.redis.pause();
    await state
      .getByText(/store unreachable/u)
      .first()
      .waitFor();
    lab.redis.resume();
    await page.getByRole('status').getByText('ready', { exact: true }).waitFor({ timeout: 30_000 });
    await lab.redis.stop();
    await state
      .getByText(/store unreachable/u)
      .first()
      .waitFor();
    await lab.redis.start();
    await page.getByRole('status').getByText('ready', { exact: true }).waitFor({ timeout: 30_000 });
    expect(await state.locator('.problems').count()).toBe(0);
  });

  describe('1,000 grants and 100 events a second', () => {
    it('all of them, with little in the document', { timeout: 120_000 }, async () => {
      await using opened = await lab.open();
      const { page, faults } = opened;
      await log(page).waitFor();
      await letIn('HTTP', 600, ...Array.from({ length: 1000 }, (_, i) => `198.18.${i >> 8}.${i & 255}`));
      const flood = ['-r', '50', '-i', '0.1', 'EVAL', MANY_EVENTS, '0', 'SSH', '10'];
      const done = lab.redis.cli(...flood);
      await card(page, 'HTTP').getByText('1000 in').waitFor();
      const keys = new Set(await keysByScrolling(grants(page, 'HTTP')));
      expect(keys.size).toBe(1000);
      await done;
      const size = () => log(page).getByRole('listitem').first().getAttribute('aria-setsize');
      await expectSoon(size, '500');
      expect(new Set(await keysByScrolling(log(page))).size).toBe(500);
      expect(await page.locator('*').count()).toBeLessThan(1500);
      await lab.redis.cli('EVAL', MANY_EVENTS, '0', 'SSH', '3000');
      await page.getByRole('button', { name: 'over 2000 new: show' }).click();
      await expectSoon(size, '2000');
      // the press of a button is answered in all that
      await page.getByRole('searchbox').fill('198.18.3.77');
      await card(page, 'HTTP').getByText('1 of 1000 in').waitFor();
      await row(page, 'HTTP', '198.18.3.77').getByRole('button', { name: 'Revoke' }).click();
      await page.getByRole('button', { name: 'Yes, cut it off' }).click();
      await card(page, 'HTTP').getByText('0 of 999 in').waitFor();
      expect(faults).toEqual([]);
    });
  });

  it('by keyboard alone: each has a focus that is seen, and Escape steps back', async () => {
    await letIn('HTTP', 500, '203.0.113.7');
    await using opened = await lab.open();
    const { page } = opened;
    await row(page, 'HTTP', '203.0.113.7').waitFor();
    await page.keyboard.press('/');
    expect(await focused(page)).toBe('Find an IP or a text, in grants, attempts and events');
    const passed: string[] = [];
    while (!passed.includes('Revoke')) {
      await page.keyboard.press('Tab');
      passed.push(await focused(page));
      const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
      expect([passed.at(-1), outline]).toEqual([passed.at(-1), 'solid']);
    }
    expect(passed).toContain('grants at HTTP');
    expect(passed.slice(-4)).toEqual(['+1 min', '+10 min', '+ seconds', 'Revoke']);
    await page.keyboard.press('Enter');
    await expectSoon(() => focused(page), 'Yes, cut it off');
    await page.keyboard.press('Escape');
    await expectSoon(() => focused(page), 'Revoke');
    await page.keyboard.press('Enter');
    await expectSoon(() => focused(page), 'Yes, cut it off');
    await page.keyboard.press('Enter');
    await row(page, 'HTTP', '203.0.113.7').waitFor({ state: 'detached' });
    await expectSoon(() => pttl('HTTP', '203.0.113.7'), -2);
  });

  it.each(['light', 'dark'] as const)(
    'a phone, %s: no sideways scroll, in nothing that it shows',
    async (colorScheme) => {
      await letIn('HTTP', 500, '2001:db8:1234:5678:9abc:def0:1234:5678');
      await letIn('SSH', 500, '203.0.113.7');
      await lab.knock(lab.host('caller'), HTTP_KNOCKS.slice(0, 3));
      await happened('HTTP', { event: 'voided', ip: '2001:db8:1234:5678:9abc:def0:1234:5678', stage: '3' });
      await using form = await lab.open({ viewport: PHONE, colorScheme }, `${ORIGIN}/`);
      await form.page.getByLabel('Token').waitFor();
      expect(await sideways(form.page)).toBe(0);
      await using opened = await lab.open({ viewport: PHONE, colorScheme, reducedMotion: 'reduce' });
      const { page } = opened;
      const granted = row(page, 'HTTP', '2001:db8:1234:5678:9abc:def0:1234:5678');
      await granted.getByRole('button', { name: 'Revoke' }).click();
      await row(page, 'SSH', '203.0.113.7').getByRole('button', { name: '+ seconds' }).click();
      await card(page, 'HTTP')
        .getByText(/stage 3 of 4/u)
        .waitFor();
      expect(await sideways(page)).toBe(0);
      expect(opened.faults).toEqual([]);
    },
  );

  it('light, dark, or as the system has it: chosen by a button, and kept', async () => {
    await using opened = await lab.open({ colorScheme: 'dark' });
    const { page } = opened;
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await card(page, 'HTTP').waitFor();
    const dark = await ground();
    await page.getByRole('button', { name: 'Colours: as the system; next: light' }).click();
    const light = await ground();
    expect(light).not.toBe(dark);
    await page.reload();
    await page.getByRole('button', { name: 'Colours: light; next: dark' }).click();
    expect(await ground()).toBe(dark);
  });

  async function happened(door: string, fields: Record<string, string>): Promise<void> {
    const at = new Date().toISOString();
    await lab.redis.cli('XADD', `knockgate:{${door}}:events`, '*', 'at', at, ...Object.entries(fields).flat());
  }
});
