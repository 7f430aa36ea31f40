import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { shellWord } from './shell-word.js';

describe('shellWord', () => {
  it.each(['plain', '/etc/knockgate/knockgate.yaml', ''])('leaves %s alone, or quotes what is nothing', (text) => {
    expect(shellWord(text)).toBe(text === '' ? "''" : text);
  });

  it.each(['a b', "it's", '$(reboot)', '`id`', 'a;b', '~', '*', '"', '\\', "''", 'ü'])(
    'a shell reads %s back',
    (text) => {
      expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
    },
  );
});
