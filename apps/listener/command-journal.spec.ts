import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CommandJournal, type JournalEntry } from './command-journal.js';

const entry: JournalEntry = { door: 'HTTP', ip: '203.0.113.7', stop: 'echo %IP%', phase: 'started' };

describe('CommandJournal', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'journal-'));
    path = join(folder, 'state', 'commands.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is there again after a restart, for its owner only', () => {
    const journal = new CommandJournal(path);
    journal.put(entry);
    journal.put({ ...entry, ip: '2001:db8::1', stop: undefined });
    expect(new CommandJournal(path).entries).toEqual([entry, { door: 'HTTP', ip: '2001:db8::1', phase: 'started' }]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    journal.remove(entry);
    expect(new CommandJournal(path).get(entry)).toBeUndefined();
  });

  it('refuses a file that is none, and an IP that is no IP', () => {
    new CommandJournal(path).put(entry);
    for (const text of ['{', '{}', JSON.stringify([{ ...entry, ip: '$(id)' }])]) {
      writeFileSync(path, text);
      expect(() => new CommandJournal(path)).toThrow(`${path}: is no journal of commands; undo by hand`);
    }
  });

  it('stays as it was if it cannot be written', () => {
    const blocked = join(folder, 'file');
    writeFileSync(blocked, '');
    chmodSync(blocked, 0o600);
    const journal = new CommandJournal(join(folder, 'commands.json'));
    journal.put(entry);
    const before = readFileSync(join(folder, 'commands.json'), 'utf8');
    rmSync(join(folder, 'commands.json'));
    expect(before).toContain('203.0.113.7');
    expect(() => new CommandJournal(join(blocked, 'commands.json')).put(entry)).toThrow();
  });
});
