import { Command, CommanderError } from 'commander';
import { CommandFailed, ConfigRefused } from './command-failed.js';
import { addCheck } from './commands/check.js';
import { addDoctor } from './commands/doctor.js';
import { addEvents } from './commands/events.js';
import { addGrants } from './commands/grants.js';
import { addHide } from './commands/hide.js';
import { addHowto } from './commands/howto.js';
import { addImport } from './commands/import.js';
import { addKnock } from './commands/knock.js';
import { addPage } from './commands/page.js';
import { addRun } from './commands/run.js';
import { addStatus } from './commands/status.js';
import { addStealth } from './commands/stealth.js';
import { ownVersion } from './own-version.js';
import { say } from './say.js';
import { usageHint } from './usage-hint.js';

const program = new Command('knockgate')
  .description('A web page, or any TCP service, that does not exist until you knock.')
  .version(ownVersion())
  .option('--debug', 'show the stack of an error')
  .configureHelp({ showGlobalOptions: false })
  .showHelpAfterError(usageHint(process.argv.slice(2)))
  .exitOverride();
for (const add of [addRun, addKnock, addHowto, addPage, addStatus, addGrants, addEvents, addHide, addCheck, addDoctor, addStealth, addImport])
  add(program);

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
