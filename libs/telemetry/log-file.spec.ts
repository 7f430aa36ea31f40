import { mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFile } from './log-file.js';

describe('LogFile', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'log-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("writes knockd's lines, one each whatever is in them, for its owner and group", () => {
    const file = new LogFile(join(folder, 'log'), () => {});
    file.write('info', '203.0.113.7: HTTP: Stage 1');
    file.write('info', 'a\nb');
    const lines = readFileSync(file.path, 'utf8').split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^\[\d{4}-\d\d-\d\d \d\d:\d\d\] 203\.0\.113\.7: HTTP: Stage 1$/u),
      expect.stringMatching(/\] a\\u000ab$/u),
      '',
    ]);
    expect(statSync(file.path).mode & 0o137).toBe(0);
    file.close();
  });

  it('goes on in a new file once that is asked for, and adds to one that is there', () => {
    const file = new LogFile(join(folder, 'log'), () => {});
    file.write('info', 'one');
    renameSync(file.path, `${file.path}.1`);
    file.write('info', 'two');
    file.reopen();
    file.write('info', 'three');
    expect(readFileSync(`${file.path}.1`, 'utf8')).toMatch(/one\n.*two\n$/u);
    expect(readFileSync(file.path, 'utf8')).toMatch(/^\S+ \S+ three\n$/u);
    file.close();
  });

  it('goes on in the old file if there can be no new one', () => {
    const file = new LogFile(join(folder, 'log'), () => {});
    const moved = `${folder}-moved`;
    renameSync(folder, moved);
    expect(() => file.reopen()).toThrow('ENOENT');
    file.write('info', 'still');
    expect(readFileSync(join(moved, 'log'), 'utf8')).toContain('still');
    renameSync(moved, folder);
    file.close();
  });

  it('says once that it cannot write', () => {
    const reasons: string[] = [];
    const file = new LogFile('/dev/full', (reason) => reasons.push(reason));
    file.write('info', 'one');
    file.write('info', 'two');
    expect(reasons).toEqual(['ENOSPC']);
    file.close();
  });
});
