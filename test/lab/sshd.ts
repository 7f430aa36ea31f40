import { mkdir, writeFile } from 'node:fs/promises';
import { freePort } from './free-port.js';
import type { Program } from './program.js';
import { loopback } from './host.js';
import { mustRun } from './run.js';
import { TempDir } from './temp-dir.js';

/** Where Debian's sshd wants to be shut in before it knows who comes; the package leaves making it to the service. */
const PRIVSEP_DIRECTORY = '/run/sshd';

/** A real OpenSSH server on loopback, which one key opens, for the user that the tests run as. */
export class Sshd implements AsyncDisposable {
  private constructor(
    readonly port: number,
    private readonly program: Program,
    private readonly directory: TempDir,
  ) {}

  /** Resolves once it listens. */
  static async start(): Promise<Sshd> {
    const directory = await TempDir.create('sshd');
    const port = await freePort();
    for (const key of ['host', 'client']) {
      await mustRun('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', directory.file(key)]);
    }
    const config = [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${directory.file('host')}`,
      `AuthorizedKeysFile ${directory.file('client.pub')}`,
      'StrictModes no', // the directory is the test's, not the user's own
      'PermitRootLogin prohibit-password',
      'AuthenticationMethods publickey',
      'UsePAM no',
      'PidFile none',
    ];
    await writeFile(directory.file('sshd_config'), `${config.join('\n')}\n`);
    await mkdir(PRIVSEP_DIRECTORY, { recursive: true, mode: 0o755 });
    // by its path, as it starts itself again for each connection
    const program = loopback.spawn('/usr/sbin/sshd', ['-D', '-e', '-f', directory.file('sshd_config')]);
    const sshd = new Sshd(port, program, directory);
    try {
      await program.waitForLine(/Server listening/u);
      return sshd;
    } catch (error) {
      await sshd[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The client's command line up to the remote command, for a connection from this address to this port of loopback. */
  client(from: string, port: number): [string, ...string[]] {
    const options = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'BatchMode=yes', 'LogLevel=ERROR'];
    const words = options.flatMap((option) => ['-o', option]);
    return [
      'ssh',
      '-F',
      'none',
      '-i',
      this.directory.file('client'),
      ...words,
      '-b',
      from,
      '-p',
      `${port}`,
      '127.0.0.1',
    ];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program.stop();
    await this.directory.remove();
  }
}
