import type { Command } from 'commander';
import { withTexts } from '../command-texts.js';
import { type ConfigOptions, readSettings, withConfig } from '../config-options.js';
import { say } from '../say.js';
import type { Role } from '../start-process.js';
import { knockHints } from '../knock-hints.js';

const ENDS = 'SIGHUP re-reads the config, as a whole or not at all; SIGTERM and SIGINT end it within 2 s.';
const EXIT = { 0: 'ended by a signal', 1: 'it could not start, or crashed', 2: 'wrong usage or config' };

/** Adds `up`, `listen`, `serve` and `console`. */
export function addRun(program: Command): void {
  withTexts(
    add(program, ['listener', 'gateway', 'console'], 'up', 'run everything in one process, for a single host'),
    {
      details: [`Started as root it hides the ports in the kernel, and then gives its rights up. ${ENDS}`],
      examples: ['knockgate up', 'knockgate up --knockd-conf /etc/knockd.conf --upstream http://127.0.0.1:8081'],
      exit: EXIT,
    },
  );
  withTexts(add(program, ['listener'], 'listen', 'hear knocks and write grants; wants CAP_NET_RAW, opens no port'), {
    details: [ENDS],
    examples: ['knockgate listen --config /etc/knockgate/knockgate.yaml'],
    exit: EXIT,
  });
  withTexts(add(program, ['gateway'], 'serve', 'open the doors to whoever has a live grant; wants no rights'), {
    details: [`Started as root it hides the ports in the kernel, and then gives its rights up. ${ENDS}`],
    examples: ['knockgate serve --config /etc/knockgate/knockgate.yaml'],
    exit: EXIT,
  });
  withTexts(add(program, ['console'], 'console', "show what goes on, and let in by hand, in the operator's browser"), {
    details: [
      'A page, an API (/api/openapi.json) and /metrics, on loopback only. Whoever has the token in its token file may use them; ' +
        'on a terminal it prints a link with that. From afar: ssh -L 4080:127.0.0.1:4080 HOST, and open it as if it were here.',
      `\`up\` runs it too, unless the config says console: off. ${ENDS}`,
    ],
    examples: ['knockgate console', 'knockgate console --config /etc/knockgate/knockgate.yaml'],
    exit: EXIT,
  });
}

function add(program: Command, roles: readonly Role[], name: string, description: string): Command {
  return withConfig(program.command(name).description(description))
    .option('--upstream <url>', 'what is behind the doors that name nothing')
    .action((options: ConfigOptions) => run(roles, options));
}

async function run(roles: readonly Role[], options: ConfigOptions): Promise<void> {
  const wishes = { ...options, hears: roles.includes('listener') };
  const settings = readSettings(wishes, say);
  const { startProcess } = await import('../start-process.js'); // with all of Nest, which other commands don't need
  await startProcess({ roles, settings, wishes });
  if (roles.length > 1) for (const line of knockHints(settings, process.stderr.isTTY)) say(line);
}
