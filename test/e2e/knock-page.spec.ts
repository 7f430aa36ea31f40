import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusedByBrowsers } from '../../apps/cli/page/refused-by-browsers.js';
import { LabBrowser } from '../lab/browser.js';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { mustRun } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';

const CONFIG = `
store: memory
capture: packet
doors:
  WEB: { sequence: '7341,6120,9853,8123', tcpflags: syn, cmd_timeout: 30, listen: ['0.0.0.0:8080', '[::]:8080'], upstream: sample }
  MIXED: { sequence: '7342,6121:udp,9854', tcpflags: syn, cmd_timeout: 30, listen: ['0.0.0.0:8081', '[::]:8081'], upstream: sample }
  LONG: { sequence: '7001,7103,7002,7104,7003,7105,7004,7106', tcpflags: syn, cmd_timeout: 30, listen: 0.0.0.0:8082, upstream: sample }
  SSH: { sequence: '7344', cmd_timeout: 3, listen: 0.0.0.0:8083, upstream: 'tcp://127.0.0.1:22' }
  X11: { sequence: '6000,7000,6667', listen: 0.0.0.0:8084, upstream: sample }
  FIN: { sequence: '7343', tcpflags: 'fin,!syn', listen: 0.0.0.0:8085, upstream: sample }
`;

describe('page', () => {
  let lab: NetLab;
  let folder: TempDir;
  let knockgate: Knockgate;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['refused', 'refused6', 'filtered', 'late'] });
    folder = await TempDir.create('page');
    await writeFile(folder.file('knockgate.yaml'), CONFIG);
    const args = ['up', '--config', folder.file('knockgate.yaml')];
    knockgate = await Knockgate.start(args, { host: lab.server, ready: /"ready: / });
  });
  afterAll(async () => {
    await knockgate[Symbol.asyncDispose]();
    await folder.remove();
    await lab.stop();
  });

  const page = (...args: string[]) => Knockgate.run(['page', ...args], { cwd: folder.path });

  /** Makes the file, opens it in the browser and presses the button. */
  async function knockedPage({ browser }: LabBrowser, door: string, host: string) {
    const { code, stdout, stderr } = await page(door, '--host', host);
    expect([code, stderr]).toEqual([0, '']);
    const file = folder.file(`${door}.html`);
    await writeFile(file, stdout);
    const opened = await browser.newPage();
    const faults: string[] = [];
    opened.on('pageerror', (error) => faults.push(error.message));
    opened.on('console', (line) => line.text().includes('Content Security Policy') && faults.push(line.text()));
    await opened.goto(`file://${file}`);
    await opened.getByRole('button', { name: 'Knock' }).press('Enter');
    return { opened, faults };
  }

  it.each([
    ['WEB', 'refused', 'address'],
    ['MIXED', 'refused6', 'address6'],
    ['WEB', 'filtered', 'address'],
    ['LONG', 'filtered', 'address'],
  ] as const)('%s: knocks, counts down and goes to the page; ports %s', async (door, from, family) => {
    // the firewall drops what is knocked at: browsers try again then, out of order
    if (from === 'filtered') await dropKnocks(lab.host(from).address);
    await using chromium = await LabBrowser.start(lab.host(from));
    const host = lab.server[family];
    const { opened, faults } = await knockedPage(chromium, door, host);
    await knockgate.program.waitForLine(new RegExp(`${lab.host(from)[family]}: ${door}: OPEN SESAME`, 'u'));
    await opened.getByText(/Open for 30 s\. Going there in \d/u).waitFor();
    await opened.getByText('You knocked').waitFor();
    expect(new URL(opened.url()).port).toMatch(/^808\d$/u);
    expect(faults).toEqual([]);
  });

  it('counts the seconds of a service that is no page', async () => {
    await using chromium = await LabBrowser.start(lab.host('late'));
    const { opened, faults } = await knockedPage(chromium, 'SSH', lab.server.address);
    await opened.getByText(`connect to ${lab.server.address}:8083`).waitFor();
    await opened.getByText('Closed again.').waitFor();
    expect(faults).toEqual([]);
  });

  it('a page that does not open: says so, and what to do', async () => {
    await using chromium = await LabBrowser.start(lab.host('late'));
    const { opened } = await knockedPage(chromium, 'WEB', lab.host('late').address6);
    await opened.getByText(/Not open after 15 s\..* "knockgate why"/u).waitFor();
    expect(await opened.getByRole('button').textContent()).toBe('Knock again');
  });

  it.each([
    [
      'ports that browsers refuse',
      ['X11', '--host', 'a'],
      1,
      /X11: browsers refuse to connect to port 6000, 6667 of its/u,
    ],
    ['flags that browsers do not send', ['FIN', '--host', 'a'], 1, /FIN: its tcpflags do not count a SYN/u],
    ['no host', ['WEB'], 2, /required option '--host <host>' not specified/u],
    ['a wrong URL', ['WEB', '--host', 'a', '--url', 'a.example'], 2, /--url: not an http:\/\/ or https:\/\/ URL/u],
  ])('%s: one clear line, and no page', async (_what, args, exit, text) => {
    const { code, stdout, stderr } = await page(...args);
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr).toMatch(text);
  });

  it('knows each port that Chromium refuses', { timeout: 120_000 }, async () => {
    await using chromium = await LabBrowser.start(lab.host('late'));
    const opened = await chromium.browser.newPage();
    const unsafe = new Set<number>();
    opened.on('requestfailed', (request) => {
      if (request.failure()?.errorText === 'net::ERR_UNSAFE_PORT') unsafe.add(Number(new URL(request.url()).port));
    });
    await opened.evaluate(async () => {
      // the last of them is 10080; where nobody listens the answer comes at once
      for (let from = 1; from < 11_000; from += 500) {
        const ports = Array.from({ length: 500 }, (_, i) => from + i);
        await Promise.all(ports.map((port) => fetch(`http://127.0.0.1:${port}/`, { mode: 'no-cors' }).catch(() => {})));
      }
    });
    const ours = Array.from({ length: 65_535 }, (_, i) => i + 1).filter(refusedByBrowsers);
    // the Fetch standard has two more, which Firefox refuses
    expect(ours.filter((port) => !unsafe.has(port))).toEqual([4190, 6679]);
    expect([...unsafe].filter((port) => !refusedByBrowsers(port))).toEqual([]);
  });

  async function dropKnocks(source: string): Promise<void> {
    const rule = ['-s', source, '-p', 'tcp', '-m', 'multiport', '!', '--dports', '8080:8089', '-j', 'DROP'];
    await mustRun('iptables', ['-A', 'INPUT', ...rule], { netns: lab.server.netns! });
  }
});
