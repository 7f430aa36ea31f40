import type { Command } from 'commander';
import { formatFault, importKnockdConf } from '#config';
import { ConfigRefused } from '../command-failed.js';
import { withTexts } from '../command-texts.js';
import { say } from '../say.js';

export function addImport(program: Command): void {
  const command = program
    .command('import')
    .description('print the knockgate.yaml that says what a knockd.conf says, comments kept')
    .argument('<knockd.conf>', 'the file')
    .option('--upstream <url>', 'what is behind the doors; without it the yaml says where to write it')
    .action((file: string, options: { readonly upstream?: string }) => importFile(file, options));
  withTexts(command, {
    examples: ['knockgate import /etc/knockd.conf --upstream http://127.0.0.1:8081 > knockgate.yaml'],
    exit: { 0: 'printed', 2: 'the file has faults: every one as FILE:LINE: what; what instead' },
  });
}

function importFile(file: string, options: { readonly upstream?: string }): void {
  const imported = importKnockdConf({ file, cwd: process.cwd(), ...options });
  if (imported.kind === 'faults') throw new ConfigRefused(imported.faults.map(formatFault));
  for (const warning of imported.warnings) say(formatFault(warning));
  process.stdout.write(imported.text);
}
