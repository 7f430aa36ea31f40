import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, type DocCommand } from './commands-of.js';
import { DocPage } from './doc-page.js';
import { BY_HAND, ELSEWHERE } from './elsewhere.js';
import { PLANS, type Typing } from './plans.js';
import { sameOutput } from './same-output.js';
import { Scene } from './scene.js';

const plans = await Promise.all(PLANS.map(async (plan) => ({ plan, page: await DocPage.read(plan.page) })));

describe.each(plans)('the commands of $plan.page', ({ plan, page }) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.create(plan);
    await plan.prepare?.(scene);
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  const here = commandsOf(page).filter(({ command }) => !(command in ELSEWHERE) && !(command in BY_HAND));
  const told = here.map((each, index) => [each.line, each.command, each, here[index - 1]?.line ?? 0] as const);
  it.each(told)('%i: %s', async (line, command, each, before) => {
    for (const { name, text, line: at } of page.files) {
      if (at > before && at < line) await scene.write(name, text);
    }
    let fault: string | undefined;
    const type = async (): Promise<void> => {
      fault = await faultOf(each);
    };
    await (plan.around?.[command] ?? alone)(scene, type);
    expect(fault).toBeUndefined();
  });

  /** What it said, if that is not what the page says. */
  const faultOf = async ({ command, host, output }: DocCommand): Promise<string | undefined> => {
    const { code, stdout, stderr } = await scene.shell(command, { host, terminal: output !== undefined });
    if (output === undefined) return code === 0 ? undefined : `exit code ${code}: ${stdout}${stderr}`;
    return sameOutput(output, stdout) ? undefined : `\n${stdout}\nin place of\n${output}`;
  };
});

const alone = (_scene: Scene, type: Typing): Promise<void> => type();
