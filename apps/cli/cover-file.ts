import { spawnSync } from 'node:child_process';
import { mkdirSync, readlinkSync, rmSync, statfsSync } from 'node:fs';
import { CommandFailed } from './command-failed.js';

const BPF_FS = '/sys/fs/bpf';
const BPF_FS_MAGIC = 0xcafe4a11; // linux/magic.h
const FOLDER = `${BPF_FS}/knockgate`;

/** The file that keeps a port of this network namespace hidden. */
function coverFile(port: number): string {
  const namespace = /\d+/u.exec(readlinkSync('/proc/self/ns/net'))![0];
  return `${FOLDER}/hide-${namespace}-${port}`;
}

/** Makes sure that such a file can be made. @throws CommandFailed */
export function prepareCoverFile(port: number): string {
  if (!isBpfFs()) spawnSync('mount', ['-t', 'bpf', 'bpf', BPF_FS]);
  if (!isBpfFs()) {
    throw new CommandFailed([`${BPF_FS} is no bpf file system; as root: mount -t bpf bpf ${BPF_FS}`], 2);
  }
  try {
    mkdirSync(FOLDER, { recursive: true, mode: 0o755 });
  } catch (error) {
    throw failed(FOLDER, error);
  }
  return coverFile(port);
}

/** Takes the file away, so that the port is there again. @throws CommandFailed if there is none */
export function removeCoverFile(port: number): void {
  const file = coverFile(port);
  try {
    rmSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw failed(file, error);
    throw new CommandFailed([`port ${port} is not hidden by knockgate hide in this network namespace`], 1, {
      cause: error,
    });
  }
}

function isBpfFs(): boolean {
  try {
    return statfsSync(BPF_FS).type === BPF_FS_MAGIC;
  } catch {
    return false;
  }
}

function failed(file: string, error: unknown): CommandFailed {
  return new CommandFailed([`${file}: ${(error as NodeJS.ErrnoException).code}; run it as root`], 2, { cause: error });
}
