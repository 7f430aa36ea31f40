import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DoorSettings } from '#config';
import { OneTimeSequences } from './one-time-sequences.js';

const TEXT = '# ours\n#7001,7002\n\n 7003,7004:udp \n7005,7006\n';

describe('OneTimeSequences', () => {
  let folder: string;
  let file: string;
  let door: DoorSettings;
  let sequences: OneTimeSequences;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'once-'));
    file = join(folder, 'sequences');
    door = { name: 'A', sequence: [], oneTimeSequences: file } as unknown as DoorSettings;
    writeFileSync(file, TEXT);
    sequences = new OneTimeSequences();
    sequences.load([door]);
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const ports = () => sequences.current(door).sequence.map(({ port }) => port);
  const read = (): string => readFileSync(file, 'utf8');

  it('takes them in order, and comments out those that are used, all else as it was', () => {
    chmodSync(file, 0o640);
    expect(ports()).toEqual([7003, 7004]);
    expect(sequences.all(door).sequence.map(({ port }) => port)).toEqual([7003, 7004, 7005, 7006]);
    const first = sequences.burn('A');
    expect(read()).toBe('# ours\n#7001,7002\n\n# 7003,7004:udp \n7005,7006\n');
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(ports()).toEqual([7005, 7006]);
    expect(sequences.burn('A')).not.toBe(first);
    expect(sequences.burn('A')).toBeUndefined();
    expect([sequences.exhausted, ports()]).toEqual([['A'], []]);
  });

  it('goes on where the file says after a restart, and takes new lines', () => {
    sequences.burn('A');
    writeFileSync(file, `${read()}7007\n`);
    sequences.load([door]);
    expect(sequences.all(door).sequence.map(({ port }) => port)).toEqual([7005, 7006, 7007]);
  });

  it('uses up one whose file cannot be written, and says so', () => {
    renameSync(folder, `${folder}-moved`);
    expect(() => sequences.burn('A')).toThrow('ENOENT');
    expect(ports()).toEqual([7005, 7006]);
    renameSync(`${folder}-moved`, folder);
  });

  it('passes over those that were used elsewhere', () => {
    const [next] = sequences.ahead.get('A')!;
    expect(sequences.skip('A', new Set())).toBe(false);
    expect(sequences.skip('A', new Set([next!]))).toBe(true);
    expect(ports()).toEqual([7005, 7006]);
    expect(read()).toContain('# 7003,7004:udp \n7005');
  });

  it('keeps its tokens from saying anything across doors', () => {
    const other = { ...door, name: 'B' };
    sequences.load([door, other]);
    expect(sequences.ahead.get('A')).not.toEqual(sequences.ahead.get('B'));
  });

  it('leaves other doors alone', () => {
    const plain = { name: 'C', sequence: [{ port: 1, protocol: 'tcp' }] } as unknown as DoorSettings;
    expect(sequences.current(plain)).toBe(plain);
  });
});
