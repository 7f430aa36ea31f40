import { CommanderError } from 'commander';
import { CommandFailed, ConfigRefused } from './command-failed.js';
import { createProgram } from './program.js';
import { say } from './say.js';

const program = createProgram(process.argv.slice(2));

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

/** One line for each fault, and the exit status: 1 failed, 2 wrong usage or config. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has said what is wrong
  if (error instanceof CommandFailed) {
    const prefix = error instanceof ConfigRefused ? '' : 'knockgate: ';
    for (const line of error.lines) say(`${prefix}${line}`);
  } else {
    say(`knockgate: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (program.opts()['debug'] === true) say(error instanceof Error ? (error.stack ?? '') : '');
  return error instanceof CommandFailed ? error.exitCode : 1;
}
