import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { mustRun, run } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';
import { dockerEngine, root } from './docker-engine.js';

const BUILD_TIMEOUT_MS = 330_000;
const SEQUENCE = [7341, 6120, 9853, 8264];

const docker = (...args: readonly string[]): Promise<string> => mustRun('docker', args.join(' ').split(' '));

const engine = await dockerEngine();
const unless = engine.kind === 'ready' ? '' : ` (not run: ${engine.reason})`;

/**
 * Ports published by a bridge network are forwarded so that this machine's own connections, and by IPv6 everybody's, come
 * from the bridge's gateway. The one grant for that address would be everybody's.
 */
describe.skipIf(engine.kind === 'none')(`the listener on a bridge network${unless}`, () => {
  const label = `knockgate-bridge-${process.pid}`;
  let directory: TempDir;

  beforeAll(async () => {
    directory = await TempDir.create('bridge');
    const yaml = await readFile(`${root}docker/knockgate.yaml`, 'utf8');
    await writeFile(directory.file('knockgate.yaml'), yaml.replace(/^store: .*$/mu, 'store: memory'));
    await mustRun('docker', ['build', '-t', label, root], { timeoutMs: BUILD_TIMEOUT_MS });
    await docker(`network create --ipv6 --subnet fd77:6b67::/64 ${label}`);
    // Each port of the sequence to one that the system picks, on loopback only.
    const ports = SEQUENCE.map((port) => `-p 127.0.0.1::${port} -p [::1]::${port}`).join(' ');
    await docker(
      `run -d --name ${label} --network ${label} ${ports}`,
      '--user root --entrypoint /app/docker/entrypoint.sh --tmpfs /run/knockgate:uid=1000',
      '--cap-drop ALL --cap-add NET_RAW --cap-add SETUID --cap-add SETGID',
      `-v ${directory.file('knockgate.yaml')}:/etc/knockgate/knockgate.yaml:ro`,
      `${label} net_raw listen`,
    );
    await logged(/"msg":"ready: /u);
    await addressed();
  }, BUILD_TIMEOUT_MS + 60_000);

  afterAll(async () => {
    await run('docker', ['rm', '-f', '-v', label]);
    await run('docker', ['network', 'rm', label]);
    await run('docker', ['rmi', label]);
    await directory.remove();
  });

  const logs = (): Promise<string> => docker(`logs ${label}`);

  async function logged(pattern: RegExp): Promise<string> {
    return vi.waitFor(
      async () => {
        const text = await logs();
        expect(text).toMatch(pattern);
        return text;
      },
      { timeout: 20_000, interval: 200 },
    );
  }

  /**
   * Until duplicate address detection (RFC 4862, 5.4) has let the bridge have its own IPv6 address: before, this machine
   * would knock from another of its addresses, and from the bridge's in the middle of a sequence.
   */
  async function addressed(): Promise<void> {
    const id = (await docker(`network inspect -f {{.Id}} ${label}`)).trim();
    const device = `br-${id.slice(0, 12)}`;
    await vi.waitFor(
      async () => {
        const addresses = await mustRun('ip', ['-6', '-oneline', 'address', 'show', 'dev', device, 'scope', 'global']);
        expect(addresses).toContain('fd77:6b67::1/');
        expect(addresses).not.toContain('tentative');
      },
      { timeout: 20_000, interval: 200 },
    );
  }

  async function inspect(field: 'Gateway' | 'IPv6Gateway'): Promise<string> {
    const template = `{{(index .NetworkSettings.Networks "${label}").${field}}}`;
    return (await mustRun('docker', ['inspect', '-f', template, label])).trim();
  }

  /** On which ports of this machine the sequence is published. */
  async function published(address: string): Promise<string[]> {
    const ports = await Promise.all(SEQUENCE.map((port) => docker(`port ${label} ${port}/tcp`)));
    return ports.map((lines) => {
      const line = lines.split('\n').find((each) => each.startsWith(address.includes(':') ? `[${address}]` : address));
      return line!.split(':').at(-1)!;
    });
  }

  it('says at its start whom every client may look like', async () => {
    for (const field of ['Gateway', 'IPv6Gateway'] as const) {
      expect(await logs()).toContain(`"event":"bridge_gateway","ip":"${await inspect(field)}"`);
    }
  });

  it.each([
    ['127.0.0.1', 'Gateway'],
    ['::1', 'IPv6Gateway'],
  ] as const)('grants nothing to it: knocks at %s', async (address, field) => {
    expect(await Knockgate.run(['knock', address, ...(await published(address))])).toMatchObject({ code: 0 });
    const text = await logged(new RegExp(`"event":"bridge_refused","ip":"${await inspect(field)}"`, 'u'));
    expect(text).not.toContain('"event":"opened"');
  });
});
