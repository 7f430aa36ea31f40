import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Capture } from '../lab/capture.js';
import type { Host } from '../lab/host.js';
import { NetLab } from '../lab/netlab.js';
import { HiddenHost, PORT } from './hidden-host.js';
import { nmapScan } from './nmap-scan.js';

const SCANS = ['-sS', '-sT', '-sA', '-sF', '-sN', '-sX', '-sW', '-sM', '-sU', '-sV'];
/** Those by which a listening port can be told from a closed one, also by what it does not answer. */
const TELLING = ['-sS', '-sT', '-sF', '-sN', '-sX'];
const HIDDEN = [PORT.HTTP, PORT.TCP];
/** In the tests of `filtered` a firewall drops what comes to them. */
const PLAIN = [PORT.closed, PORT.closedToo];
/** Where nothing listens and nothing is dropped, whatever the test. */
const REALLY_CLOSED = 82;
const CLOSED = 'state="closed" reason="reset" reason_ttl="64"';
const SILENT = 'state="filtered" reason="no-response" reason_ttl="0"';
const OPEN = 'state="open" reason="syn-ack" reason_ttl="64"';

describe('scans of hidden ports next to ports at which nothing listens', () => {
  let lab: NetLab;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['stranger', 'elsewhere', 'former', 'client'] });
    // Else the kernel's own limit (icmp(7)) decides which of several closed UDP ports answers.
    const unlimited = 'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv6/icmp/ratelimit';
    await lab.server.run('sh', ['-ec', unlimited]);
  });
  afterAll(() => lab.stop());

  /** Port → what each scan made of it, by IPv4 and IPv6. */
  const scan = async (from: Host, ports: readonly number[], scans = SCANS): Promise<Record<string, string>[]> => {
    const each = [lab.server.address, lab.server.address6].flatMap((target) =>
      scans.map(async (type) => ({ type, target, found: await nmapScan(from, { type, target, ports }) })),
    );
    const results = await Promise.all(each);
    return ports.map((port) =>
      Object.fromEntries(results.map(({ type, target, found }) => [`${type} ${target}`, found.get(port)!])),
    );
  };
  const fromServer = (): string => `src host ${lab.server.address} or src host ${lab.server.address6}`;

  describe.each([
    ['closed by steer', CLOSED],
    ['closed by drop', CLOSED],
    ['filtered', SILENT],
  ] as const)('%s', (way, plainSyn) => {
    const inForce: AsyncDisposable[] = [];
    beforeAll(async () => {
      const hidden = await HiddenHost.start(lab.server, way);
      inForce.push(hidden);
      if (way === 'filtered') inForce.push(await dropping(lab.server, PLAIN));
      await hidden.grant(lab.host('elsewhere'), 'OTHER');
      for (const door of ['HTTP', 'TCP'] as const) {
        for (const name of ['client', 'former']) await hidden.grant(lab.host(name), door);
        await hidden.endGrant(lab.host('former'), door);
      }
    });
    afterAll(async () => {
      for (const one of inForce) await one[Symbol.asyncDispose]();
    });

    it.each([
      ['a stranger', 'stranger'],
      ['one with a grant at another door', 'elsewhere'],
      ['one whose grants are over', 'former'],
    ])('every scan by %s sees hidden and plain ports alike, and no byte comes back', async (_who, name) => {
      await using capture = await Capture.start(lab.host(name), { filter: 'ip or ip6' });

      const [closed, plain, ...others] = await scan(lab.host(name), [REALLY_CLOSED, ...PLAIN, ...HIDDEN]);

      expect(closed![`-sS ${lab.server.address}`]).toBe(CLOSED);
      expect(plain![`-sS ${lab.server.address}`]).toBe(plainSyn);
      for (const other of others) expect(other).toEqual(plain);
      const answers = await capture.stop(fromServer());
      expect(answers.packets).toBeGreaterThan(SCANS.length);
      expect(answers.payloadBytes).toBe(0);
    });

    it('the same scans tell a host with grants that the doors are open, and what is behind them', async () => {
      await using capture = await Capture.start(lab.host('client'), { filter: 'ip or ip6' });
      const [plain, ...doors] = await scan(lab.host('client'), [PLAIN[0]!, ...HIDDEN], ['-sS']);
      // of the HTTP door it would wait for a greeting for seconds
      const [greeter] = await scan(lab.host('client'), [PORT.TCP], ['-sV']);
      for (const target of [lab.server.address, lab.server.address6]) {
        expect(plain![`-sS ${target}`]).toBe(plainSyn);
        for (const door of doors) expect(door[`-sS ${target}`]).toBe(OPEN);
        expect(greeter![`-sV ${target}`]).toBe(`${OPEN} recognised`);
      }
      expect((await capture.stop(fromServer())).payloadBytes).toBeGreaterThan(0);
    });
  });

  it('reset: these scans tell the hidden ports from closed ones, without a byte from behind them', async () => {
    await using hidden = await HiddenHost.start(lab.server, 'reset');
    await using capture = await Capture.start(lab.host('stranger'), { filter: 'ip or ip6' });
    const [plain, ...doors] = await scan(lab.host('stranger'), [PORT.closed, ...HIDDEN], TELLING);
    expect(hidden.gateway.program.exitCode).toBeUndefined();
    for (const door of doors) {
      const told = Object.keys(door).filter((one) => door[one] !== plain![one]);
      expect(told).toEqual(Object.keys(door));
    }
    expect((await capture.stop(fromServer())).payloadBytes).toBe(0);
  });
});

/** A firewall that drops what comes to these TCP ports, until it is disposed of. */
async function dropping(host: Host, ports: readonly number[]): Promise<AsyncDisposable> {
  const change = async (how: '-A' | '-D'): Promise<void> => {
    for (const tables of ['iptables', 'ip6tables']) {
      for (const port of ports) {
        const args = ['-w', how, 'INPUT', '-p', 'tcp', '--dport', String(port), '-j', 'DROP'];
        const { code, stderr } = await host.run(tables, args);
        if (code !== 0) throw new Error(`${tables}: ${stderr}`);
      }
    }
  };
  await change('-A');
  return { [Symbol.asyncDispose]: () => change('-D') };
}
