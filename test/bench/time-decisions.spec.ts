import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { mustRun } from '../lab/run.js';

const SCRIPT = fileURLToPath(new URL('time-decisions.child.mjs', import.meta.url));
const [GRANTS, DECISIONS] = ['10000', '20000'];

// it makes a gate of the built files by itself, and no compiler looks at it
it('time-decisions: the gate that it makes decides, and each round has its time', async () => {
  const nanoseconds = (await mustRun(process.execPath, [SCRIPT, GRANTS, DECISIONS])).trim().split('\n').map(Number);
  expect(nanoseconds.length).toBeGreaterThan(1);
  for (const each of nanoseconds) expect(each).toBeGreaterThan(0);
});
