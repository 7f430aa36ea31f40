import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Program } from '../lab/program.js';
import { run } from '../lab/run.js';
import { Sshd } from '../lab/sshd.js';
import { TempDir } from '../lab/temp-dir.js';
import { GatewayLab } from './gateway-lab.js';

const GUEST = '127.0.0.5';
const STRANGER = '127.0.0.6';
/** `ssh` failed, whatever the remote command did: ssh(1), EXIT STATUS. */
const SSH_FAILED = 255;

describe('SSH behind a door', () => {
  let lab: GatewayLab;
  let sshd: Sshd;

  beforeAll(async () => {
    sshd = await Sshd.start();
    lab = await GatewayLab.start({ doors: { SSH: { upstream: `tcp://127.0.0.1:${sshd.port}` } } });
    await lab.grant('SSH', GUEST);
  });
  afterAll(async () => {
    lab.expectUnharmed();
    for (const part of [lab, sshd]) await part[Symbol.asyncDispose]();
  });

  it('carries 20 MB there and back, to the byte', async () => {
    await using directory = await TempDir.create('ssh');
    const [there, back] = [directory.file('there'), directory.file('back')];
    const script = 'head -c 20000000 /dev/urandom >"$1" && "${@:3}" cat <"$1" >"$2" && cmp "$1" "$2"';
    const ssh = sshd.client(GUEST, lab.port('SSH'));
    const { code, stderr } = await run('bash', ['-c', script, 'bash', there, back, ...ssh], { timeoutMs: 40_000 });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('is cut off in the midst of a session when the grant is revoked, and not there any more', async () => {
    const [command, ...args] = sshd.client(GUEST, lab.port('SSH'));
    await using session = Program.start(command, [...args, 'echo inside; exec tail -f /dev/null']);
    await session.waitForLine(/^inside$/u);
    await lab.revoke('SSH', GUEST);
    expect(await session.exited).toBe(SSH_FAILED);
    expect((await run(command, [...args, 'echo inside'])).code).toBe(SSH_FAILED);
    await lab.grant('SSH', GUEST);
  });

  it('shows nothing to who has no grant', async () => {
    const [command, ...args] = sshd.client(STRANGER, lab.port('SSH'));
    const { code, stdout } = await run(command, [...args, 'echo inside']);
    expect({ code, stdout }).toEqual({ code: SSH_FAILED, stdout: '' });
  });
});
