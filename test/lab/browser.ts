import { chmod, writeFile } from 'node:fs/promises';
import { type Browser, chromium } from 'playwright-core';
import type { Host } from './host.js';
import { TempDir } from './temp-dir.js';

const CHROMIUM = '/usr/bin/chromium';
/** Chromium refuses its sandbox to root; what it opens here is our own. */
const ARGS = ['--no-sandbox', '--disable-background-networking', '--disable-component-update'];

/** The real Chromium, without a window, on a host of a lab. */
export class LabBrowser implements AsyncDisposable {
  private constructor(
    readonly browser: Browser,
    private readonly folder: TempDir,
  ) {}

  /** @throws (rejects) if it does not start; nothing is left then */
  static async start({ netns }: Host): Promise<LabBrowser> {
    const folder = await TempDir.create('browser');
    const executablePath = folder.file('chromium');
    const enter = netns === undefined ? '' : `ip netns exec ${netns} `;
    await writeFile(executablePath, `#!/bin/sh\nexec setpriv --pdeathsig KILL ${enter}${CHROMIUM} "$@"\n`);
    await chmod(executablePath, 0o700);
    try {
      return new LabBrowser(await chromium.launch({ executablePath, args: ARGS }), folder);
    } catch (error) {
      await folder.remove();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.folder.remove();
  }
}
