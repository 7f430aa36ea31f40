import { describe, expect, it } from 'vitest';
import { Program } from './program.js';

const shell = (script: string, maxLines?: number): Program =>
  Program.start('sh', ['-c', script], maxLines === undefined ? {} : { maxLines });

describe('Program', () => {
  it('keeps stdout and stderr as lines, an unfinished last one included', async () => {
    const program = shell('echo one; echo two >&2; printf three');
    expect(await program.exited).toBe(0);
    expect([...program.lines].toSorted()).toEqual(['one', 'three', 'two']);
  });

  it('waits for a line that is still to come, and finds one that is past', async () => {
    await using program = shell('echo early; read -r _; echo "late 7"; exec sleep 60');
    expect((await program.waitForLine(/late (\d+)/))[1]).toBe('7');
    expect((await program.waitForLine(/ear(ly)/))[1]).toBe('ly');
  });

  it('takes no earlier line for an answer when asked not to', async () => {
    await using program = shell('trap "echo again" USR1; echo again; while :; do sleep 0.01; done');
    await program.waitForLine(/again/);
    const after = program.lineCount;
    program.signal('SIGUSR1');
    await program.waitForLine(/again/, undefined, after);
    expect(program.lineCount).toBe(2);
  });

  it('says what the program said when it ends without the line', async () => {
    const program = shell('echo "no such thing" >&2; exit 3');
    await expect(program.waitForLine(/ready/)).rejects.toThrow(/ended with 3.*\nno such thing/);
  });

  it('gives up at the timeout', async () => {
    await using program = shell('exec sleep 60');
    await expect(program.waitForLine(/ready/, 20)).rejects.toThrow('20 ms passed');
  });

  it('keeps the newest lines only', async () => {
    const program = shell('seq 1 1000', 100);
    await program.exited;
    expect(program.lines.length).toBeLessThanOrEqual(100);
    expect(program.lines.at(-1)).toBe('1000');
    expect(program.lineCount).toBe(1000);
  });

  it('stops with the exit code of the program, or 128 and the signal', async () => {
    const polite = shell('trap "exit 5" TERM; echo up; while :; do sleep 0.01; done');
    await polite.waitForLine(/up/);
    expect(await polite.stop()).toBe(5);
    expect(await shell('exec sleep 60').stop()).toBe(143);
    expect(await shell('exec sleep 60').kill()).toBe(137);
  });

  it('stops a program that was paused', async () => {
    const program = shell('exec sleep 60');
    program.signal('SIGSTOP');
    expect(await program.stop()).toBe(143);
  });

  it('names a program that does not exist', async () => {
    const program = Program.start('no-such-program');
    expect(await program.exited).toBe(127);
    expect(program.lines.join('\n')).toContain('no-such-program');
  });
});
