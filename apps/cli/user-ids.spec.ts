import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { userIds } from './user-ids.js';

describe('userIds', () => {
  const passwd = join(tmpdir(), `knockgate-passwd-${process.pid}`);
  writeFileSync(passwd, 'root:x:0:0::/root:/bin/sh\nweb:x:33:44::/:/bin/false\n');

  it.each([
    ['web', { uid: 33, gid: 44 }],
    ['root', { uid: 0, gid: 0 }],
    ['1000', { uid: 1000, gid: 1000 }],
    ['1000:2000', { uid: 1000, gid: 2000 }],
    ['we', undefined],
    ['', undefined],
  ])('%s', (user, ids) => {
    expect(userIds(user, passwd)).toEqual(ids);
  });
});
