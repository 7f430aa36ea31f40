import { describe, expect, it } from 'vitest';
import { NetLab } from './netlab.js';
import { Program } from './program.js';
import { mustRun } from './run.js';

describe('launch', () => {
  it('has the kernel end the program with this process', async () => {
    expect(await mustRun('setpriv', ['--dump'])).toMatch(/^Parent death signal: +KILL$/im);
  });

  it("hands back the program's own pid, in a namespace too", async () => {
    await using lab = await NetLab.create({ clients: [] });
    const script = ['-c', 'echo "pid $$"'];
    for (const program of [Program.start('sh', script), lab.server.spawn('sh', script)]) {
      expect(Number((await program.waitForLine(/^pid (\d+)$/))[1])).toBe(program.pid);
    }
  });

  it("keeps a developer's settings from the program", async () => {
    const lines = (await mustRun('env', [], { env: { KNOCKGATE_CONFIG: 'given' } })).split('\n');
    expect(lines).toContain('KNOCKGATE_CONFIG=given');
    expect(lines.filter((line) => line.startsWith('VITEST'))).toEqual([]);
  });

  it('finds the programs in sbin', async () => {
    expect(await mustRun('sh', ['-c', 'command -v ip nginx hping3 iptables'])).toContain('sbin/');
  });
});
