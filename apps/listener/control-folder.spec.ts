import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controlPath } from './control-folder.js';

const UID = String(process.geteuid!());
/** Above the largest that Linux gives out (4194304). */
const NO_PROCESS = 9_999_999;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'knockgate-control-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('controlPath', () => {
  it("is in a folder of this user's alone, whatever the umask", async () => {
    const control = join(folder, 'new');
    const before = process.umask(0o077);
    try {
      expect(await controlPath(control)).toBe(join(control, UID, `listener-${process.pid}.sock`));
    } finally {
      process.umask(before);
    }
    expect(lstatSync(join(control, UID)).mode & 0o777).toBe(0o700);
    expect(lstatSync(control).mode & 0o777).toBe(0o755);
  });

  it('takes a folder back that others could read', async () => {
    mkdirSync(join(folder, UID));
    chmodSync(join(folder, UID), 0o777);
    await controlPath(folder);
    expect(lstatSync(join(folder, UID)).mode & 0o777).toBe(0o700);
  });

  it('refuses what somebody has put in its place', async () => {
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, UID));
    await expect(controlPath(folder)).rejects.toThrow(/is no folder of this user's/u);
  });

  it('refuses a path that is too long for a socket', async () => {
    await expect(controlPath(join(folder, 'x'.repeat(100)))).rejects.toThrow(/longer than the 107 bytes/u);
  });

  it('takes away what dead processes have left, and nothing else', async () => {
    const own = join(folder, UID);
    mkdirSync(own, { mode: 0o700 });
    const bound = async (name: string) => {
      const server = createServer();
      server.listen(join(own, name));
      await once(server, 'listening');
      return server;
    };
    // of another pid namespace: no such process here, and it listens
    const elsewhere = await bound(`listener-${NO_PROCESS}.sock`);
    const sockets = [`listener-${process.ppid}.sock`, `listener-${NO_PROCESS}.sock`];
    writeFileSync(join(own, sockets[0]!), '');
    writeFileSync(join(own, 'other'), '');
    await controlPath(folder);
    expect([...sockets, 'other'].map((name) => existsSync(join(own, name)))).toEqual([true, true, true]);
    elsewhere.close();
    await once(elsewhere, 'close');
    leaveSocket(join(own, sockets[1]!));
    await controlPath(folder);
    expect([...sockets, 'other'].map((name) => existsSync(join(own, name)))).toEqual([true, false, true]);
  });
});

/** A socket that nobody listens on, as after SIGKILL. */
function leaveSocket(path: string): void {
  const script = `require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', script, path]);
  expect(lstatSync(path).isSocket()).toBe(true);
}
