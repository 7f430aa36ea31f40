import { expect, it } from 'vitest';
import { judgeBuffer } from './check-buffer.js';

const WANTED = 16 * 1024 * 1024;

it.each([
  [212_992, true, 'ok'],
  [undefined, true, 'ok'],
  [WANTED, false, 'ok'],
  [WANTED - 1, false, 'warning'],
  [undefined, false, 'skipped'],
])('judgeBuffer: rmem_max %s, CAP_NET_ADMIN %s: %s', (bytes, mayExceed, state) => {
  expect(judgeBuffer(bytes, mayExceed).state).toBe(state);
});
