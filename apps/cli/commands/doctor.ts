import 'reflect-metadata';
import { type Command, Option } from 'commander';
import { servedPorts } from '../../listener/index.js';
import { type ConfigOptions, loadConfig, withConfig } from '../config-options.js';
import { ROLES, type RunCommand } from '../doctor/check.js';
import { lookAtHost } from '../doctor/look-at-host.js';
import { plainFindings, prettyFindings, summary } from '../doctor/render-findings.js';
import { print, say } from '../say.js';

interface DoctorOptions extends ConfigOptions {
  readonly for: RunCommand;
  readonly json?: boolean;
}

const EXPLANATION = `
Looks at config, rights, kernel, firewall, ports, Docker, Redis, upstreams, files and the clock, and changes none of them;
also beside a knockgate that runs. What it may not look at it skips and says why: root sees all.

Exit status: 0 no fault, 1 a fault, 2 wrong usage or config.`;

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('what on this host would keep knockgate from its work, each with its cure')
    .addOption(new Option('--for <command>', 'what is to be run here').choices(Object.keys(ROLES)).default('up'))
    .option('--upstream <url>', 'what is behind the doors that name nothing')
    .option('--json', 'print the findings as JSON');
  withConfig(command)
    .addHelpText('after', EXPLANATION)
    .action((options: DoctorOptions) => doctor(options));
}

async function doctor({ for: command, json = false, ...options }: DoctorOptions): Promise<void> {
  const hears = (ROLES[command] as readonly string[]).includes('listener');
  const loaded = loadConfig({ ...options, hears, served: await servedPorts() });
  const findings = await lookAtHost({ loaded, command, options });
  const faulty = findings.some(({ state }) => state === 'fault');
  if (json) print(JSON.stringify({ healthy: !faulty, findings }));
  else {
    const onTerminal = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
    for (const line of (onTerminal ? prettyFindings : plainFindings)(findings)) print(line);
    say(summary(findings));
  }
  if (faulty) process.exitCode = loaded.kind === 'faults' ? 2 : 1;
}
