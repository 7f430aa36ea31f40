import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

const SOCKET = /^listener-(\d+)\.sock$/u;
/** unix(7): sun_path holds 108 bytes, the last of which is 0. */
const MAX_PATH_BYTES = 107;

/**
 * A place for this process's control socket in FOLDER/UID, which is this user's alone. What processes that are gone
 * have left there is taken away.
 * @throws with a reason for people if that cannot be had
 */
export async function controlPath(folder: string): Promise<string> {
  const own = join(folder, String(process.geteuid!()));
  const path = join(own, `listener-${process.pid}.sock`);
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new Error(`${path} is longer than the ${MAX_PATH_BYTES} bytes of a socket's path`);
  }
  makeOwn(folder, own);
  for (const name of readdirSync(own)) if (await isLeft(own, name)) rmSync(join(own, name), { force: true });
  return path;
}

function makeOwn(folder: string, own: string): void {
  // under systemd the umask is 0077: others could not find theirs
  if (made(folder)) chmodSync(folder, 0o755);
  made(own);
  // SECURITY: whoever owns the folder above may have put something else here
  const { uid } = lstatSync(own);
  if (!lstatSync(own).isDirectory() || uid !== process.geteuid!())
    throw new Error(`${own} is no folder of this user's`);
  chmodSync(own, 0o700);
}

/** False if it is there already. One level: Node's recursive mkdir never ends in /proc. */
function made(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Left behind: by its pid, which may be one of another pid namespace, and by nobody who listens. */
async function isLeft(folder: string, name: string): Promise<boolean> {
  const pid = Number(SOCKET.exec(name)?.[1] ?? 0);
  if (pid === 0) return false;
  return pid === process.pid || (!isRunning(pid) && (await refuses(join(folder, name))));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function refuses(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (refused: boolean): void => {
      socket.destroy();
      resolve(refused);
    };
    socket.on('connect', () => answer(false));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => answer(code === 'ECONNREFUSED'));
  });
}
