import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';
import { npm, requireRegistry } from './npm.js';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** What a checkout as cloned does not have. */
const NOT_CLONED = /^(?:\.git|node_modules|dist|release|npm-shrinkwrap\.json|\.prepare\.lock.*|.*\.tgz)$/u;

/** A release made of a checkout as cloned, and the folders that it is installed in. */
export class ReleaseLab implements AsyncDisposable {
  private constructor(private readonly temp: TempDir) {}

  /** Takes a minute: packages are installed, and all is built. */
  static async create(): Promise<ReleaseLab> {
    await requireRegistry();
    const lab = new ReleaseLab(await TempDir.create('release'));
    const filter = (path: string): boolean =>
      !relative(ROOT, path)
        .split('/')
        .some((name) => NOT_CLONED.test(name));
    await cp(ROOT, lab.checkout, { recursive: true, filter });
    await npm(['run', 'release', '--', lab.folder], { cwd: lab.checkout });
    return lab;
  }

  get checkout(): string {
    return this.temp.file('checkout');
  }

  get folder(): string {
    return this.temp.file('release');
  }

  /** The one file of the release with this ending. */
  async file(ending: string): Promise<string> {
    const [name, ...others] = (await readdir(this.folder)).filter((each) => each.endsWith(ending));
    if (name === undefined || others.length > 0) throw new Error(`not one file ${ending} in ${this.folder}`);
    return join(this.folder, name);
  }

  async emptyFolder(name: string): Promise<string> {
    const path = this.temp.file(name);
    await mkdir(path);
    return path;
  }

  /** The tarball's files, from its root. */
  async packed(): Promise<readonly string[]> {
    const listed = await mustRun('tar', ['tzf', await this.file('.tgz')]);
    return listed
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//u, ''));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.temp.remove();
  }
}

export async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}
