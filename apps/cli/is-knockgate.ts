import { readFileSync } from 'node:fs';

/** Whether a process is a knockgate, by the words it was started with. Pids are used again: only one with our name counts. */
export function isKnockgate(pid: number): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.some((word) => /(?:^|\/)knockgate$|\/apps\/cli\/main\.js$/u.test(word));
  } catch {
    return false;
  }
}
