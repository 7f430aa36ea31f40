import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Capture } from './capture.js';
import { endNamespace, listNamespaces, pidsIn } from './namespaces.js';
import { NetLab } from './netlab.js';
import { Program } from './program.js';
import { mustRun } from './run.js';

describe('NetLab', () => {
  let lab: NetLab;

  beforeAll(async () => {
    lab = await NetLab.create({ clients: ['client', 'stranger', 'third'] });
  });

  afterAll(async () => {
    await lab.stop();
  });

  it('lets every host reach every other and itself, by IPv4 and IPv6', async () => {
    for (const from of lab.hosts) {
      for (const to of lab.hosts) {
        for (const address of [to.address, to.address6]) {
          expect((await from.run('ping', ['-c', '1', '-W', '5', address])).code, `${from.name} to ${address}`).toBe(0);
        }
      }
      expect((await from.run('ping', ['-c', '1', '::1'])).code).toBe(0);
      expect((await from.run('ping', ['-c', '1', '127.0.0.1'])).code).toBe(0);
    }
  });

  it('has no way out: no default route, and nothing but its own link', async () => {
    for (const host of lab.hosts) {
      expect((await host.run('ip', ['-4', 'route', 'show', 'default'])).stdout).toBe('');
      expect((await host.run('ip', ['-6', 'route', 'show', 'default'])).stdout).toBe('');
      const outside = await host.run('ip', ['route', 'get', '203.0.113.7']);
      expect(outside.stderr).toContain('unreachable');
      const links = JSON.parse((await host.run('ip', ['-j', 'link', 'show', 'up'])).stdout) as { ifname: string }[];
      const own = host === lab.server ? ['br0', 'lo', 'p0', 'p1', 'p2'] : ['eth0', 'lo'];
      expect(links.map(({ ifname }) => ifname).toSorted()).toEqual(own);
    }
  });

  it('hears packets of any source, and its answers to a spoofed one die', async () => {
    await using capture = await Capture.start(lab.server, { filter: 'tcp port 7000' });
    const spoofed = ['-S', '-c', '1', '-p', '7000', '-a', '203.0.113.7', lab.server.address];
    await lab.host('client').run('hping3', spoofed);
    expect((await capture.count('src host 203.0.113.7 and dst port 7000')).packets).toBe(1);
    expect((await capture.count('dst host 203.0.113.7')).packets).toBe(0);
  });

  it('lets iptables set up a firewall of its own', async () => {
    const rule = ['INPUT', '-p', 'tcp', '--dport', '7000', '-j', 'DROP'];
    expect(await lab.host('third').run('iptables', ['-A', ...rule])).toMatchObject({ code: 0 });
    expect((await lab.host('third').run('iptables', ['-S', 'INPUT'])).stdout).toContain('--dport 7000 -j DROP');
    expect((await lab.host('client').run('iptables', ['-S', 'INPUT'])).stdout).not.toContain('7000');
  });

  it('stands beside another lab', async () => {
    await using other = await NetLab.create();
    expect(other.server.netns).not.toBe(lab.server.netns);
    expect((await other.host('stranger').run('ping', ['-c', '1', other.server.address])).code).toBe(0);
  });

  it('leaves nothing behind, also when its programs still run', async () => {
    const short = await NetLab.create();
    const names = short.hosts.map(({ netns }) => `${netns}`);
    expect(await listNamespaces()).toEqual(expect.arrayContaining(names));
    const program = short.server.spawn('sh', ['-c', 'trap "" TERM; sleep 61 & echo up; wait']);
    await program.waitForLine(/up/);
    expect(await pidsIn(`${short.server.netns}`)).toHaveLength(2);

    await short.stop();
    await short.stop();

    expect(await program.exited).toBe(137);
    expect((await listNamespaces()).filter((name) => names.includes(name))).toEqual([]);
    expect(await mustRun('ip', ['-o', 'link', 'show'])).not.toMatch(/\b(?:br0|p0|p1)\b/);
  });

  it('clears away what a dead run has left', async () => {
    const dead = Program.start('true');
    await dead.exited;
    const stale = `kg-${dead.pid}-1-server`;
    await mustRun('ip', ['netns', 'add', stale]);
    await using _ = await NetLab.create({ clients: ['client'] });
    expect(await listNamespaces()).not.toContain(stale);
  });

  it('names the hosts there are when asked for another', () => {
    expect(() => lab.host('nobody')).toThrow('no host nobody in this lab: server, client, stranger, third');
  });

  it('ends a namespace that is gone without a fault', async () => {
    await expect(endNamespace('kg-no-such')).resolves.toBeUndefined();
  });
});
