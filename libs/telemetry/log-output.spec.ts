import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LogOutput, type LostLines } from './log-output.js';

const KIB = `${'x'.repeat(1023)}\n`;

function output(out: PassThrough & { fd?: number }) {
  const said: LostLines[] = [];
  return { output: new LogOutput(out, (lost) => said.push(lost)), said };
}

it('holds a megabyte for a reader who stands still, and says what was lost once he reads', async () => {
  const out = new PassThrough();
  const { output: log, said } = output(out);
  for (let i = 0; i < 3000; i += 1) log.write(KIB);
  expect(out.readableLength + out.writableLength).toBeLessThan(1100 * 1024);
  const lost = log.losing;
  expect(said).toEqual([]);
  let read = 0;
  out.on('data', (chunk: Buffer) => (read += chunk.length));
  await turn();
  expect(said).toEqual([lost]);
  expect(log.losing).toBeUndefined();
  expect(lost).toEqual({ count: 3000 - read / 1024, reason: 'whoever reads it is too slow' });
});

it('goes on without a reader', () => {
  const out = new PassThrough();
  const { output: log, said } = output(out);
  out.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  log.write('one\ntwo\n');
  log.write('three\n');
  expect(log.losing).toEqual({ count: 3, reason: 'EPIPE' });
  expect(said).toEqual([]);
});

it('goes on with a full disk', () => {
  const fd = openSync('/dev/full', 'w');
  const { output: log } = output(Object.assign(new PassThrough(), { fd }));
  log.write('one\n');
  log.write('two\n');
  expect(log.losing).toEqual({ count: 2, reason: 'ENOSPC' });
  closeSync(fd);
});

it('writes to a file itself, at once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  const fd = openSync(join(folder, 'log'), 'a');
  const out = Object.assign(new PassThrough(), { fd });
  const { output: log } = output(out);
  log.write('one\n');
  expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('one\n');
  expect(out.readableLength).toBe(0);
  closeSync(fd);
  rmSync(folder, { recursive: true });
});
