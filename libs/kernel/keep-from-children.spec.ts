import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { keepFromChildren } from './keep-from-children.js';
import { libc } from './libc.js';

const [AF_UNIX, SOCK_DGRAM, O_CLOEXEC] = [1, 2, 0o2000000];

let fd = -1;
afterEach(() => libc.close(fd));

it.runIf(process.platform === 'linux')('has what is open close in what is started (Linux only: reads /proc)', () => {
  fd = libc.socket(AF_UNIX, SOCK_DGRAM, 0);
  const closes = (): boolean => {
    const flags = /^flags:\s+([0-7]+)$/mu.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))![1]!;
    return (parseInt(flags, 8) & O_CLOEXEC) !== 0;
  };
  expect(closes()).toBe(false);
  keepFromChildren();
  expect(closes()).toBe(true);
});
