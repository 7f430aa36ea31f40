import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { textsOf } from '../command-texts.js';
import { createProgram } from '../program.js';
import { commandsOf, manPage, pathOf } from './man-page.js';

describe('manPage', () => {
  const program = createProgram();
  const commands = commandsOf(program).map((command) => [pathOf(command), command] as const);

  it('is the committed knockgate.1; if not: npm run man', () => {
    expect(readFileSync(new URL('../../../knockgate.1', import.meta.url), 'utf8')).toBe(manPage(program));
  });

  it('has the commands of --help', () => {
    const sections = [...manPage(program).matchAll(/^\.SS (.*)$/gmu)].map(([, name]) => name);
    expect(sections).toEqual(commands.map(([path]) => path));
    expect(sections).toEqual(expect.arrayContaining(['up', 'grants ls', 'grants watch', 'events', 'import']));
  });

  it.each(commands)('%s: all that there is to say is said', (path, command) => {
    const { examples, redis = [], exit } = textsOf(command)!;
    expect(command.description()).not.toBe('');
    for (const { description } of [...command.registeredArguments, ...command.options]) {
      expect(description).not.toBe('');
    }
    expect(Object.keys(exit)).toEqual(expect.arrayContaining(['0', '2']));
    expect(examples.length).toBeGreaterThan(0);
    // `grants` is `grants ls`
    for (const line of examples) expect(line.startsWith(`knockgate ${path.replace(/ ls$/u, '')}`)).toBe(true);
    for (const line of redis) expect(line).toMatch(/^redis-cli /u);
    for (const line of [...examples, ...redis]) expect(line.length).toBeLessThan(90);
  });
});
