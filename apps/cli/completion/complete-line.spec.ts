import { describe, expect, it } from 'vitest';
import { createProgram } from '../program.js';
import { completeLine, type NamedConfig } from './complete-line.js';

const program = createProgram();

/** What is offered for the last word of a line. */
function offered(line: string): readonly string[] | 'files' {
  const doors = ({ config = '' }: NamedConfig): string[] => (config === 'other.yaml' ? ['OTHER'] : ['HTTP', 'SSH']);
  const completion = completeLine(program, line.split(' '), doors);
  return completion.kind === 'files' ? 'files' : completion.words.map(({ text }) => text);
}

describe('completeLine', () => {
  it('offers the commands, each with what it does, and not what is hidden', () => {
    const completion = completeLine(program, [''], () => []);
    const words = completion.kind === 'words' ? completion.words : [];
    expect(words).toContainEqual({ text: 'up', about: 'run everything in one process, for a single host' });
    expect(words.map(({ text }) => text)).toEqual(expect.arrayContaining(['events', 'grants', 'completion', 'help']));
    expect(words.map(({ text }) => text)).not.toContain('__complete');
  });

  it.each([
    ['gr', ['grants', 'grant']],
    ['grants ', ['ls', 'watch', 'help']],
    ['grants w', ['watch']],
    ['help ev', ['events']],
    ['--d', ['--debug']],
    ['events --f', ['--follow']],
    ['knock -', expect.arrayContaining(['--delay', '-4', '-6', '--door', '--help'])],
    ['grant ', ['HTTP', 'SSH']],
    ['grant H', ['HTTP']],
    ['revoke --json S', ['SSH']],
    ['grant HTTP ', []],
    ['events -f ', ['HTTP', 'SSH']],
    ['events --since 1h ', ['HTTP', 'SSH']],
    ['events --since ', []],
    ['knock example.org --door ', ['HTTP', 'SSH']],
    ['knock example.org --door = H', ['HTTP']],
    ['howto --config other.yaml ', ['OTHER']],
    ['howto --config = other.yaml ', ['OTHER']],
    ['up --config ', 'files'],
    ['up --knockd-conf =', 'files'],
    ['import ', 'files'],
    ['import x.conf ', []],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['nonsense ', []],
  ])('%j', (line, words) => {
    expect(offered(line)).toEqual(words);
  });
});
