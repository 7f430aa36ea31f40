import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustRun } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';
import { HTTP_KNOCKS, PageLab, SSH_KNOCKS, SSH_PORT } from './page-lab.js';

/** The folder for pictures that are kept, with some minutes of life in them; none: they are made, looked at and thrown away. */
const { KNOCKGATE_IMAGES: images } = process.env;
const ROUNDS = images === undefined ? 8 : 90;
const SIZE = { width: 1200, height: 800 };
const MAX_BYTES = 250_000;
const PNG_SIGNATURE = '89504e470d0a1a0a';

/** Who knocks in full, so many rounds before the picture is taken. */
const KNOCKERS: Readonly<Record<number, string>> = {
  7: '192.0.2.44',
  6: '2001:db8:4:11::9d2',
  4: '198.51.100.23',
  2: '203.0.113.7',
};
const LIFE_SCALE = images === undefined ? 1 : 4;
/** Who tries, and fails. */
const FUMBLERS = ['203.0.113.50', '198.51.100.77', '203.0.113.118'];

/** Connects as often as told to a door at which it has no grant. */
const CONNECTS = `
const [host, port, times] = process.argv.slice(1);
for (let i = 0; i < Number(times); i += 1) require('node:net').connect(Number(port), host).on('error', () => {});
`;

describe('the pictures of the console in the README', () => {
  let lab: PageLab;
  let folder: TempDir;
  beforeAll(async () => {
    lab = await PageLab.start();
    folder = await TempDir.create('images');
    const { server } = lab.lab;
    const caller = lab.host('caller');
    const nets = ['203.0.113.0/24', '198.51.100.0/24', '192.0.2.0/24', '2001:db8::/32'];
    for (const net of nets)
      await mustRun('ip', ['route', 'add', net, 'dev', server.interface], { netns: server.netns! });
    for (const ip of [...Object.values(KNOCKERS), ...FUMBLERS, '198.51.100.9']) {
      await mustRun('ip', ['addr', 'add', ip, 'dev', 'eth0', ...(ip.includes(':') ? ['nodad'] : [])], {
        netns: caller.netns!,
      });
    }
  });
  afterAll(async () => {
    await lab[Symbol.asyncDispose]();
    await folder.remove();
  });

  it('light and dark: of knocks, grants, denials and attempts that are real', { timeout: 600_000 }, async () => {
    const look = { viewport: SIZE, reducedMotion: 'reduce' } as const;
    await using light = await lab.open({ ...look, colorScheme: 'light' });
    await using dark = await lab.open({ ...look, colorScheme: 'dark' });
    // the operator's hands, which are in no picture
    await using other = await lab.open();
    await letIn(other.page, { door: 'SSH', ip: '192.0.2.130', seconds: '14400' });
    for (let left = ROUNDS; left > 0; left -= 1) await live(light.page, left);
    await letIn(other.page, { door: 'HTTP', ip: '203.0.113.201', seconds: '600' });
    await knockFrom('203.0.113.50', HTTP_KNOCKS.slice(0, 2));
    await knockFrom('203.0.113.118', SSH_KNOCKS.slice(0, 4));
    const folderOfImages = images ?? folder.path;
    await mkdir(folderOfImages, { recursive: true });
    for (const [name, { page, faults }] of Object.entries({ light, dark })) {
      await page.getByRole('list', { name: 'attempts at SSH' }).getByText('stage 4 of 5').waitFor();
      const png = await page.screenshot({ path: join(folderOfImages, `console-${name}.png`) });
      expect(png.toString('hex', 0, 8)).toBe(PNG_SIGNATURE);
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([SIZE.width, SIZE.height]);
      expect(png.length).toBeLessThan(MAX_BYTES);
      expect(faults).toEqual([]);
    }
  });

  /** What happens in about a second. */
  async function live(page: Page, left: number): Promise<void> {
    const knocker = left % LIFE_SCALE === 0 ? KNOCKERS[left / LIFE_SCALE] : undefined;
    const fumbler = FUMBLERS[left % FUMBLERS.length]!;
    if (knocker !== undefined) {
      await knockFrom(knocker, HTTP_KNOCKS);
      await page.getByText(knocker).first().waitFor();
    } else if (left === 3) await knockFrom('198.51.100.9', SSH_KNOCKS);
    else if (left % 3 === 0) await knockFrom(fumbler, [...HTTP_KNOCKS.slice(0, 2 + (left % 2)), '1025']);
    else await knockFrom(fumbler, HTTP_KNOCKS.slice(0, 1 + (left % 3)));
    // somebody tries a burst of connections now and then
    const times = left % 50 < 9 ? 14 - (left % 5) : left % 3;
    await lab.host('stranger').run('node', ['-e', CONNECTS, lab.lab.server.address, SSH_PORT, String(times)]);
  }

  async function knockFrom(ip: string, ports: readonly string[]): Promise<void> {
    const caller = lab.host('caller');
    const { address, address6 } = lab.lab.server;
    const [net, target] = ip.includes(':') ? ['fd77::/64', address6] : ['10.77.0.0/24', address];
    // ahead of the kernel's own route
    const metric = ip.includes(':') ? ['metric', '1'] : [];
    await mustRun('ip', ['route', 'replace', net, 'dev', 'eth0', 'src', ip, ...metric], { netns: caller.netns! });
    await lab.knock(caller, ports, target);
  }

  async function letIn(page: Page, { door, ip, seconds }: Record<'door' | 'ip' | 'seconds', string>): Promise<void> {
    const form = page.getByRole('region', { name: 'Let in by hand' });
    await form.getByLabel('IP').fill(ip);
    await form.getByLabel('door').selectOption(door);
    await form.getByLabel('seconds').fill(seconds);
    await form.getByRole('button').click();
    await form.getByRole('status').getByText(`${ip} is in at ${door}`).waitFor();
  }
});
