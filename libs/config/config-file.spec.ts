import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ConfigFile, configFile } from './config-file.js';
import type { ConfigSources } from './config-sources.js';
import { inFolder } from './load.fixture.js';

type Given = Omit<ConfigSources, 'cwd' | 'env'> & { readonly variable?: string; readonly files?: readonly string[] };

/** The choice in a folder with these files; `etc.yaml` stands for the machine's own. */
function choose({ variable, files = [], ...sources }: Given): ConfigFile {
  return inFolder((cwd) => {
    mkdirSync(join(cwd, 'here'));
    for (const file of files) writeFileSync(join(cwd, file), '');
    const env = { KNOCKGATE_CONFIG: variable };
    const choice = configFile({ ...sources, env, cwd: join(cwd, 'here') }, join(cwd, 'etc.yaml'));
    return choice.kind === 'file' ? { kind: 'file', file: choice.file.replace(`${cwd}/`, '') } : choice;
  });
}

const both = ['here/knockgate.yaml', 'etc.yaml'];

describe('configFile', () => {
  it.each<[string, Given, ConfigFile]>([
    ['--config first', { configFile: 'a.yaml', variable: 'b.yaml', files: both }, { kind: 'file', file: 'a.yaml' }],
    ['then the variable', { variable: 'b.yaml', files: both }, { kind: 'file', file: 'b.yaml' }],
    ['an empty variable is none', { variable: '', files: both }, { kind: 'file', file: 'knockgate.yaml' }],
    ['then the folder', { files: both }, { kind: 'file', file: 'knockgate.yaml' }],
    ['then the machine', { files: ['etc.yaml'] }, { kind: 'file', file: 'etc.yaml' }],
    ['nothing at all', {}, { kind: 'missing' }],
    ['a knockd.conf stands alone', { knockdConf: 'k.conf', files: both }, { kind: 'none' }],
    ['unless a yaml is named', { knockdConf: 'k.conf', configFile: 'a.yaml' }, { kind: 'file', file: 'a.yaml' }],
    ['or the variable does', { knockdConf: 'k.conf', variable: 'b.yaml' }, { kind: 'file', file: 'b.yaml' }],
  ])('%s', (_, given, choice) => {
    expect(choose(given)).toEqual(choice);
  });
});
