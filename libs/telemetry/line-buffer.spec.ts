import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { LineBuffer } from './line-buffer.js';

function buffered(): { readonly lines: LineBuffer; readonly written: readonly string[] } {
  const written: string[] = [];
  const write = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
  return { lines: new LineBuffer({ write }), written };
}

it('writes lines of one turn together, and in order', async () => {
  const { lines, written } = buffered();
  lines.write('one\n');
  lines.write('two\n');
  expect(written).toEqual([]);
  await turn();
  lines.write('three\n');
  await turn();
  expect(written).toEqual(['one\ntwo\n', 'three\n']);
});

it('writes what there is when it is told to, once', async () => {
  const { lines, written } = buffered();
  lines.write('one\n');
  lines.flush();
  lines.flush();
  await turn();
  expect(written).toEqual(['one\n']);
});

it('does not wait with what has become long', () => {
  const { lines, written } = buffered();
  const line = `${'x'.repeat(999)}\n`;
  for (let i = 0; i < 100; i += 1) lines.write(line);
  expect(written).toHaveLength(1);
  lines.flush();
  expect(written.join('')).toBe(line.repeat(100));
});

it('writes what is left when the process ends', () => {
  const before = process.listeners('exit');
  const { lines, written } = buffered();
  lines.write('last\n');
  for (const listener of process.listeners('exit').filter((each) => !before.includes(each))) listener(0);
  expect(written).toEqual(['last\n']);
  expect(process.listeners('exit')).toEqual(before);
});
