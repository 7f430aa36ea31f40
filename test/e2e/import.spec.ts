import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { TempDir } from '../lab/temp-dir.js';
import { recipe } from './recipe.fixture.js';

describe('import', () => {
  let folder: TempDir;
  beforeEach(async () => {
    folder = await TempDir.create('import');
    await writeFile(folder.file('knockd.conf'), recipe());
  });
  afterEach(async () => {
    await folder.remove();
  });
  const knockgate = (...args: string[]) => Knockgate.run(args, { cwd: folder.path });

  it("prints the recipe's yaml, which check then takes", async () => {
    const { code, stdout, stderr } = await knockgate('import', 'knockd.conf', '--upstream', 'http://127.0.0.1:8081');
    expect([code, stderr]).toEqual([0, '']);
    await writeFile(folder.file('knockgate.yaml'), stdout);
    expect(await knockgate('check')).toMatchObject({ code: 0, stdout: 'knockgate.yaml: valid; doors: HTTP\n' });
  });

  it('without --upstream prints a yaml that check then finds one thing missing in', async () => {
    const { code, stdout, stderr } = await knockgate('import', 'knockd.conf');
    expect([code, stderr.trimEnd().split('\n')]).toEqual([0, [expect.stringMatching(/--upstream URL$/u)]]);
    await writeFile(folder.file('knockgate.yaml'), stdout);
    const { code: refused, stderr: faults } = await knockgate('check');
    expect(refused).toBe(2);
    expect(faults).toMatch(/^knockgate\.yaml:9: doors\.HTTP: has no upstream; write `upstream:`.*\n$/u);
  });

  it('prints nothing of a file with faults, but tells each', async () => {
    await writeFile(folder.file('knockd.conf'), recipe().replace('syn', 'sin').replace('45', '45s'));
    expect(await knockgate('import', 'knockd.conf')).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^knockd\.conf:5: .*not a TCP flag.*\nknockd\.conf:6: .*whole number.*\n$/u),
    });
  });

  it.each([
    ['no file', [], /missing required argument 'knockd\.conf'/u],
    ['two files', ['knockd.conf', 'other.conf'], /too many arguments/u],
    ['a file that is not there', ['nowhere'], /^nowhere:1: cannot be read: no such file; name a text file/u],
    ['a folder', ['.'], /^\.:1: cannot be read: it is a folder; name a text file/u],
    ['a wrong upstream', ['knockd.conf', '--upstream', '8081'], /^--upstream:1: is not an upstream; write http/u],
  ])('%s: one clear line, exit 2, nothing on standard output', async (_what, args, text) => {
    const { code, stdout, stderr } = await knockgate('import', ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(text);
  });
});
