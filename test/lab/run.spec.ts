import { describe, expect, it } from 'vitest';
import { mustRun, run } from './run.js';

describe('run', () => {
  it('hands back the exit code and both outputs', async () => {
    expect(await run('sh', ['-c', 'echo out; echo err >&2; exit 4'])).toEqual({
      code: 4,
      stdout: 'out\n',
      stderr: 'err\n',
    });
  });

  it('feeds stdin', async () => {
    expect((await run('cat', [], { input: 'text' })).stdout).toBe('text');
  });

  it('ends a program that takes too long', async () => {
    await expect(run('sleep', ['60'], { timeoutMs: 20 })).rejects.toThrow('still running after 20 ms');
  });
});

describe('mustRun', () => {
  it('throws what the program said', async () => {
    await expect(mustRun('sh', ['-c', 'echo why >&2; exit 1'])).rejects.toThrow(/exit code 1\nwhy/);
  });
});
