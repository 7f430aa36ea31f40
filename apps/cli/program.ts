import { Command } from 'commander';
import { addCheck } from './commands/check.js';
import { addCompletion } from './commands/completion.js';
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
import { addWhy } from './commands/why.js';
import { ownVersion } from './own-version.js';
import { usageHint } from './usage-hint.js';

const COMMANDS = [
  addRun,
  addKnock,
  addHowto,
  addPage,
  addStatus,
  addGrants,
  addEvents,
  addHide,
  addCheck,
  addDoctor,
  addWhy,
  addStealth,
  addImport,
  addCompletion,
];

/** The command line: what it is made of is told by --help, the manual and the shells' completion too. */
export function createProgram(words: readonly string[] = []): Command {
  const program = new Command('knockgate')
    .description('A web page, or any TCP service, that does not exist until you knock.')
    .version(ownVersion())
    .option('--debug', 'show the stack of an error')
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError(usageHint(words))
    .exitOverride();
  for (const add of COMMANDS) add(program);
  return program;
}
