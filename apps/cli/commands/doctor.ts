import { type Command, Option } from 'commander';
import { withTexts } from '../command-texts.js';
import { type ConfigOptions, loadConfig, withConfig } from '../config-options.js';
import { ROLES, type RunCommand } from '../doctor/check.js';
import { plainFindings, prettyFindings, summary } from '../doctor/render-findings.js';
import { print, say } from '../say.js';
import { paintFor } from '../terminal/paint.js';

interface DoctorOptions extends ConfigOptions {
  readonly for: RunCommand;
  readonly json?: boolean;
}

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('what on this host would keep knockgate from its work, each with its cure')
    .addOption(new Option('--for <command>', 'what is to be run here').choices(Object.keys(ROLES)).default('up'))
    .option('--upstream <url>', 'what is behind the doors that name nothing')
    .option('--json', 'print the findings as JSON');
  withTexts(withConfig(command), {
    details: [
      'Looks at config, rights, kernel, firewall, ports, Docker, Redis, upstreams, files and the clock, and changes none of them; also beside a knockgate that runs. What it may not look at it skips and says why: root sees all.',
    ],
    examples: ['knockgate doctor', 'knockgate doctor --for listen --json'],
    exit: { 0: 'no fault', 1: 'a fault', 2: 'wrong usage or config' },
  }).action((options: DoctorOptions) => doctor(options));
}

async function doctor({ for: command, json = false, ...options }: DoctorOptions): Promise<void> {
  // with all of Nest, which other commands don't need
  await import('reflect-metadata');
  const [{ servedPorts }, { lookAtHost }] = await Promise.all([
    import('../../listener/index.js'),
    import('../doctor/look-at-host.js'),
  ]);
  const hears = (ROLES[command] as readonly string[]).includes('listener');
  const loaded = loadConfig({ ...options, hears, served: await servedPorts() });
  const findings = await lookAtHost({ loaded, command, options });
  const faulty = findings.some(({ state }) => state === 'fault');
  if (json) print(JSON.stringify({ healthy: !faulty, findings }));
  else {
    const { stdout } = process;
    const lines = stdout.isTTY ? prettyFindings(findings, paintFor(stdout)) : plainFindings(findings);
    for (const line of lines) print(line);
    say(summary(findings));
  }
  if (faulty) process.exitCode = loaded.kind === 'faults' ? 2 : 1;
}
