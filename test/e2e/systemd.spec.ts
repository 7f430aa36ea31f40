import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { mustRun, run } from '../lab/run.js';
import { SystemdUnit } from '../lab/systemd-unit.js';
import { TempDir } from '../lab/temp-dir.js';
import { threadRights } from '../lab/thread-rights.js';
import { attempt, becomes, grant } from './hiding.fixture.js';

const UNITS = fileURLToPath(new URL('../../deploy/systemd', import.meta.url));
/** Stands for user and group knockgate, which this host need not have. */
const ID = 4242;

const config = (redis: string, ...doors: readonly number[]): string => `
store: ${redis}
user: ${ID}
doors:
${doors.map((port) => `  P${port}: { sequence: '6000,${7000 + port}', listen: '0.0.0.0:${port}', upstream: sample }`).join('\n')}
`;

describe('the systemd units', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let folder: TempDir;
  beforeAll(async () => {
    lab = await NetLab.create();
    redis = await RedisServer.start({ host: lab.server });
    folder = await TempDir.create('systemd');
  });
  afterAll(async () => {
    await folder.remove();
    await redis.stop();
    await lab.stop();
  });

  it.each(['listener', 'gateway'])('knockgate-%s.service is exposed to less than 2.0', async (name) => {
    const unit = `${UNITS}/knockgate-${name}.service`;
    const verified = await run('systemd-analyze', ['verify', unit]);
    expect([verified.code, verified.stdout + verified.stderr]).toEqual([0, '']);
    const { code, stdout } = await run('systemd-analyze', [
      'security',
      '--offline=true',
      '--threshold=20',
      '--no-pager',
      unit,
    ]);
    expect(stdout).toMatch(/Overall exposure level[^\n]*: [01]\.\d/u);
    expect(code).toBe(0);
  });

  /** Let in, the client gets through; the stranger finds no port. */
  const expectHidden = async (port: number): Promise<void> => {
    expect(await attempt(lab.host('client'), lab.server.address, port)).toBe('ECONNREFUSED');
    await grant(redis, `P${port}`, lab.host('client').address);
    await becomes('connected', () => attempt(lab.host('client'), lab.server.address, port));
    expect(await attempt(lab.host('stranger'), lab.server.address, port)).toBe('ECONNREFUSED');
  };

  it("with the gateway's rights doors are hidden, and no right is left; its reload works", async () => {
    const unit = await SystemdUnit.read(`${UNITS}/knockgate-gateway.service`);
    expect(unit.values('ExecStart')).toEqual([expect.stringMatching(/^!\S+ node \S+ serve /u)]); // "!": as root
    expect(unit.values('User')).toEqual(['knockgate']); // who else the unit starts: ExecReload=
    const file = folder.file('knockgate.yaml');
    await writeFile(file, config(redis.url, 80));
    await mustRun('chown', ['-R', `0:${ID}`, folder.path]);
    await mustRun('chmod', ['-R', 'g+rX,o=', folder.path]);
    await using knockgate = await Knockgate.start(['serve', '--config', file], {
      host: lab.server,
      wrap: await unit.start(),
    });
    const { pid } = knockgate.program;
    const { main, others } = await threadRights(pid);
    const none = { uid: String(ID), gid: String(ID), groups: '', capabilities: [], noNewPrivs: '1' };
    for (const thread of [main, ...others]) expect(thread).toEqual(none);
    expect(await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).toBe(''); // it reads its config itself
    await expectHidden(80);

    await writeFile(file, config(redis.url, 80, 81));
    const asUser = ['--reuid', String(ID), '--regid', String(ID), '--clear-groups'];
    await mustRun('setpriv', [...asUser, 'kill', '-HUP', String(pid)]);
    await knockgate.waitForLog(/^config re-read/u);
    await expectHidden(81);
  });
});
