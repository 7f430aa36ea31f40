import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { mustRun, run } from '../lab/run.js';

const PAGE = fileURLToPath(new URL('../../knockgate.1', import.meta.url));

describe('the manual', () => {
  it('has no fault', async () => {
    expect(await run('mandoc', ['-T', 'lint', PAGE])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('can be read: its sections, and every option of a command as --help has it', async () => {
    const text = await mustRun('bash', ['-c', 'mandoc -T ascii "$0" | col -b -x', PAGE]); // without overstruck, bold letters
    for (const section of ['NAME', 'SYNOPSIS', 'COMMANDS', 'EXIT STATUS', 'ENVIRONMENT', 'FILES', 'SEE ALSO']) {
      expect(text).toMatch(new RegExp(`^${section}$`, 'mu'));
    }
    for (const word of ['KNOCKGATE_CONFIG', 'REDIS_URL', 'KNOCKGATE_LOG_LEVEL']) expect(text).toContain(word);
    const { stdout } = await Knockgate.run(['events', '--help']);
    const flags = [...stdout.matchAll(/^ {2}(-.*?) {2,}/gmu)].map(([, flag]) => flag!.replaceAll(/[<>]/gu, ''));
    expect(flags.length).toBeGreaterThan(5);
    for (const flag of flags) expect(text).toContain(flag);
    expect(text).toContain(`knockgate events -f --json | jq -r 'select(.event == "opened") | .ip'`);
  });
});
