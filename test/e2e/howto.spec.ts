import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { mustRun } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';
import { curl } from './recipe.fixture.js';

const CONFIG = `
store: memory
doors:
  TCP: { sequence: '7341,6120,9853', tcpflags: syn, listen: ['0.0.0.0:8080', '[::]:8080'], upstream: sample }
  MIXED: { sequence: '7342,6121:udp,9854', tcpflags: syn, listen: ['0.0.0.0:8081', '[::]:8081'], upstream: sample }
  FIN: { sequence: '7343,6122', tcpflags: 'fin,!syn', listen: 0.0.0.0:8082, upstream: sample }
  SSH: { sequence: '7344', listen: 0.0.0.0:8083, upstream: 'tcp://127.0.0.1:22' }
`;
/** All but PowerShell, which Debian does not have: its command is only looked at (apps/cli/howto/knock-recipes.spec.ts). */
const TOOLS = ['knockgate', "knock, knockd's client", 'nmap', 'nc', 'bash alone'];
const COMMANDS = [
  ...TOOLS.map((tool) => ({ door: 'TCP', tool, ip: 'IPv4' })),
  ...TOOLS.map((tool) => ({ door: 'MIXED', tool: tool === 'nmap' ? 'nmap, as root' : tool, ip: 'IPv6' })),
  { door: 'FIN', tool: 'nmap, as root', ip: 'IPv4' },
];
// nobody has a grant before his turn
const TRIALS = COMMANDS.map(({ door, tool, ip }, i) => ({ door, tool, ip, from: `client${i}` }));

interface Guide {
  readonly commands: readonly { readonly name: string; readonly command: string }[];
  readonly url: string | null;
  readonly qr: string | null;
}

describe('howto', () => {
  let lab: NetLab;
  let folder: TempDir;
  let knockgate: Knockgate;
  beforeAll(async () => {
    lab = await NetLab.create({ clients: TRIALS.map(({ from }) => from) });
    folder = await TempDir.create('howto');
    await writeFile(folder.file('knockgate.yaml'), CONFIG);
    // what the commands call `knockgate`
    const itself = Knockgate.command([]).join(' ');
    await writeFile(folder.file('knockgate'), `#!/bin/sh\nexec ${itself} "$@"\n`, { mode: 0o755 });
    const args = ['up', '--config', folder.file('knockgate.yaml')];
    knockgate = await Knockgate.start(args, { host: lab.server, ready: /"ready: / });
  });
  afterAll(async () => {
    await knockgate[Symbol.asyncDispose]();
    await folder.remove();
    await lab.stop();
  });

  const howto = (...args: string[]) => Knockgate.run(['howto', ...args], { cwd: folder.path });

  it.each(TRIALS)('$door: $tool opens it, $ip', async ({ door, tool, ip, from }) => {
    const client = lab.host(from);
    const host = ip === 'IPv4' ? lab.server.address : lab.server.address6;
    const { commands, url } = JSON.parse((await howto(door, '--host', host, '--json')).stdout) as Guide;
    expect((await curl(client, url!)).body).toBe('');
    const { command } = commands.find(({ name }) => name === tool)!;
    await client.run('bash', ['-c', command], { env: { PATH: `${folder.path}:${process.env['PATH']}:/usr/sbin` } });
    const address = ip === 'IPv4' ? client.address : client.address6;
    await knockgate.program.waitForLine(new RegExp(`${address}: ${door}: OPEN SESAME`, 'u'));
    expect((await curl(client, url!)).body).toContain('You knocked');
  });

  it('prints a QR code that says what it says in words', async () => {
    const { stdout } = await howto('TCP', '--host', 'example.org');
    expect(await readCode(stdout, folder)).toBe('knock example.org 7341 6120 9853');
  });

  it('names the service, and no page, where there is none', async () => {
    expect((await howto('SSH', '--host', '2001:db8::1')).stdout).toMatch(/^Then: \[2001:db8::1\]:8083$/mu);
  });

  it('without --host it says so, and has a placeholder and no code', async () => {
    const { code, stdout, stderr } = await howto('TCP');
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^HOST stands for the server: name it with --host/u)]);
    expect(stdout).toContain('knock -d 200 HOST 7341 6120 9853');
    expect(stdout).not.toContain('█');
  });

  it.each([
    ['no name where there are several doors', [], /several doors: name one \(TCP, MIXED, FIN, SSH\)/u],
    ['a door that is not there', ['NOPE'], /no door NOPE; the config has TCP, MIXED, FIN, SSH/u],
    ['a host that would be more than a word', ['TCP', '--host', 'a;b'], /--host: no name or address: a;b/u],
  ])('%s: one clear line, exit 2', async (_what, args, text) => {
    const { code, stdout, stderr } = await howto(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd()).toMatch(text);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  it('a door with one-time sequences: the next one, and how many are left', async () => {
    await writeFile(folder.file('once'), '#7001,8001\n7002,8002\n7003,8003\n');
    const config =
      'store: memory\ndoors:\n  ONCE: { one_time_sequences: once, listen: 0.0.0.0:8080, upstream: sample }\n';
    await writeFile(folder.file('once.yaml'), config);
    const { stdout } = await howto('--config', 'once.yaml', '--host', 'example.org');
    expect(stdout).toMatch(/This sequence works once; 1 more are left\./u);
    expect(stdout).toContain('knock example.org 7002 8002');
    await writeFile(folder.file('once'), '#7001,8001\n');
    const { code, stderr } = await howto('--config', 'once.yaml');
    expect([code, stderr]).toEqual([1, expect.stringMatching(/every sequence of ONCE is used/u)]);
  });
});

/** What zbarimg reads from the half blocks that are in a text. */
async function readCode(text: string, folder: TempDir): Promise<string> {
  const rows = text.split('\n').filter((line) => /^[█▀▄ ]{20,}$/u.test(line));
  const dark = rows.flatMap((row) => [
    Array.from(row, (half) => half === ' ' || half === '▄'),
    Array.from(row, (half) => half === ' ' || half === '▀'),
  ]);
  const scale = 8;
  const wide = (line: boolean[]): string =>
    line.flatMap((bit) => Array.from({ length: scale }, () => (bit ? 1 : 0))).join(' ');
  const lines = dark.flatMap((line) => Array.from({ length: scale }, () => wide(line)));
  await writeFile(folder.file('code.pbm'), `P1\n${dark[0]!.length * scale} ${lines.length}\n${lines.join('\n')}\n`);
  return (await mustRun('zbarimg', ['-q', '--raw', folder.file('code.pbm')])).trimEnd();
}
