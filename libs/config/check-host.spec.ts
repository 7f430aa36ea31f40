import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inFolder, linesOf } from './load.fixture.js';
import { loadSettings } from './load-settings.js';

/** What is told of a door with these lines, in a folder with these files. */
function told({ door = '', top = '', files = {} }: Said, hears = true): string[] {
  return inFolder((cwd) => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(cwd, name), text);
    mkdirSync(join(cwd, 'folder'));
    const yaml = `${top}doors:\n  A:\n    listen: 127.0.0.1:80\n    upstream: sample\n${door}`;
    writeFileSync(join(cwd, 'knockgate.yaml'), yaml);
    return linesOf(loadSettings({ env: {}, cwd, hears })).map((line) => line.replaceAll(`${cwd}/`, ''));
  });
}

interface Said {
  readonly door?: string;
  readonly top?: string;
  readonly files?: Readonly<Record<string, string>>;
}

const ONE_TIME = '    one_time_sequences: seq\n';
const SEQUENCE = '    sequence: 7001,7003\n';

describe('checkHost', () => {
  it('takes a file of sequences, used ones and comments included', () => {
    expect(told({ door: ONE_TIME, files: { seq: '# mine\n#7001,7002\n\n7003,7004:udp\n' } })).toEqual([]);
  });

  it.each<[string, Said, string]>([
    ['no file', { door: ONE_TIME }, 'knockgate.yaml:5: doors.A.one_time_sequences: cannot be read: no such file; name'],
    [
      'a folder',
      { door: '    one_time_sequences: folder\n' },
      'knockgate.yaml:5: doors.A.one_time_sequences: cannot be read: it is a folder; name',
    ],
    [
      'a wrong line',
      { door: ONE_TIME, files: { seq: '7001,7002\nseven\n' } },
      'seq:2: step 1 of 1 is not a port; write',
    ],
    [
      "the door's own port",
      { door: ONE_TIME, files: { seq: '7001,80\n' } },
      'seq:1: has the port in it that the door listens on; use',
    ],
    [
      'no sequence left',
      { door: ONE_TIME, files: { seq: '#7001,7002\n' } },
      'knockgate.yaml:5: doors.A.one_time_sequences: has no sequence left, so the door stays shut; write new ones',
    ],
    [
      'an unknown interface',
      { top: 'interface: nosuch0\n', door: SEQUENCE },
      'knockgate.yaml:1: interface: names a network interface that this host does not have; write one that `ip link` shows',
    ],
    [
      'a target elsewhere',
      { door: `${SEQUENCE}    target: 192.0.2.77\n` },
      'knockgate.yaml:6: doors.A.target: is no address of this host now; until it is, no knock counts here',
    ],
  ])('tells of %s', (_what, said, line) => {
    expect(told(said)).toEqual([expect.stringContaining(line)]);
    expect(told(said, false)).toEqual([]); // the gateway needs none of it
  });

  it('takes an interface and a target that are there', () => {
    expect(told({ top: 'interface: lo\n', door: `${SEQUENCE}    target: 127.0.0.1\n` })).toEqual([]);
  });
});
