import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { Nginx } from '../lab/nginx.js';
import { curl, nmapKnock, recipe, tempFile } from './recipe.fixture.js';

const config = (ports = '6000,7000,8000,9000'): string => `
store: memory
doors:
  HTTP: { sequence: '${ports}', cmd_timeout: 59, listen: ['0.0.0.0:8080', '[::]:8080'], upstream: sample }
`;

describe('the command', () => {
  let lab: NetLab;
  beforeAll(async () => {
    lab = await NetLab.create();
  });
  afterAll(async () => {
    await lab.stop();
  });
  const client = () => lab.host('client');

  it('up: says what is hidden and how to knock; the sequence goes to no log', async () => {
    const file = await tempFile('knockgate.yaml', config());
    await using knockgate = await Knockgate.start(['up', '--config', file.path], {
      host: lab.server,
      ready: /nmap -Pn/,
    });
    const said = knockgate.program.lines.join('\n');
    expect(said).toMatch(/hidden behind port 8080/u);
    expect(said).toMatch(/npx knockgate knock 127\.0\.0\.1/u);
    expect(said).not.toMatch(/[6789]000/u);
    await file.remove();
  });

  it('knock: sends the sequence of the config, waits for the page, and says how long it stays', async () => {
    const file = await tempFile('knockgate.yaml', config());
    await using knockgate = await Knockgate.start(['up', '--config', file.path], {
      host: lab.server,
      ready: /"ready: /,
    });
    const url = `http://${lab.server.address}:8080/`;
    const args = ['knock', lab.server.address, '--config', file.path, '--wait', url];
    const { code, stdout, stderr } = await Knockgate.run(args, { host: client() });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^open: .* answered after \d+ ms; it stays for 59 s\n$/u);
    expect(stderr.match(/knock \d of 4/gu)).toHaveLength(4);
    expect((await curl(client(), url)).body).toContain('You knocked');
    expect(knockgate.events.some(({ event }) => event === 'opened')).toBe(true);
    await file.remove();
  });

  it('knock: ports on the command line, UDP too, IPv6, all addresses of a name', async () => {
    const file = await tempFile('knockgate.yaml', config('6000,7000:udp,8000'));
    await using knockgate = await Knockgate.start(['up', '--config', file.path], {
      host: lab.server,
      ready: /"ready: /,
    });
    await Knockgate.run(['knock', lab.server.address6, '6000', '7000:udp', '8000:tcp'], { host: client() });
    await knockgate.waitForLog(new RegExp(`^${client().address6}: HTTP: OPEN SESAME`, 'u'));
    const both = await Knockgate.run(['knock', 'localhost', '6000', '7000:udp', '8000'], { host: lab.server });
    expect(both.stderr).toMatch(/\(127\.0\.0\.1, ::1\)|\(::1, 127\.0\.0\.1\)|\(127\.0\.0\.1\)/u);
    await knockgate.waitForLog(/^127\.0\.0\.1: HTTP: OPEN SESAME/u);
    await file.remove();
  });

  it('knock --wait: 1 if nothing opens', async () => {
    const args = ['knock', lab.server.address, '1', '--wait', `http://${lab.server.address}:8080/`];
    const { code, stderr } = await Knockgate.run(args, { host: client() });
    expect(code).toBe(1);
    expect(stderr.trim().split('\n').at(-1)).toMatch(/^knockgate: .* did not answer within 15 s of the last knock$/u);
  });

  it('check: 0 for a valid file, 2 and every fault with its line for another', async () => {
    const good = await tempFile('knockgate.yaml', config());
    expect((await Knockgate.run(['check', '--config', good.path])).code).toBe(0);
    const bad = await tempFile(
      'knockgate.yaml',
      'doors:\n  HTTP:\n    sequence: 1,x\n    cmd_timout: 5\n    upstream: sample\n    listen: 80\n',
    );
    const { code, stderr } = await Knockgate.run(['check', '--config', bad.path]);
    expect(code).toBe(2);
    const lines = stderr.trim().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/:3: .*step 2 of 2/u),
      expect.stringMatching(/:4: .*did you mean "cmd_timeout"/u),
    ]);
    for (const line of lines) expect(line.startsWith(bad.path)).toBe(true);
    await Promise.all([good.remove(), bad.remove()]);
  });

  it('check: warns of unwise sequences and exits with 0; --json has the same for scripts', async () => {
    const file = await tempFile('knockgate.yaml', config('5001,9003,2002,7004'));
    await using nginx = await Nginx.start({ host: lab.server, address: '0.0.0.0', port: 9003 });
    const [known, served] = [config(), config('5001,9003,2002,7004')];
    const check = async (text: string, ...args: string[]) => {
      await writeFile(file.path, text);
      return Knockgate.run(['check', '--config', file.path, ...args], { host: lab.server });
    };
    expect(await check(known)).toEqual({
      code: 0,
      stdout: `${file.path}: valid; doors: HTTP\n`,
      stderr: expect.stringMatching(/^\S+:4: doors\.HTTP\.sequence: is one that manuals and samples show; .*\n$/u),
    });
    const { code, stdout, stderr } = await check(served, '--json');
    const what = 'doors.HTTP.sequence: has a port in it at which this host serves';
    const warning = { file: file.path, line: 4, what, instead: 'use ports at which it serves nothing' };
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { valid: true, files: [file.path], doors: ['HTTP'], warnings: [warning] },
    ]);
    expect(stderr).toBe(`${file.path}:4: ${what}; ${warning.instead}\n`);
    await nginx.stop();
    expect((await check(served)).stderr).toBe('');
    await file.remove();
  });

  it('check --json: the faults of a config that is not valid, and exit 2', async () => {
    const file = await tempFile('knockgate.yaml', 'doors:\n  HTTP: { sequence: 1, listen: 80, upstream: here }\n');
    const { code, stdout, stderr } = await Knockgate.run(['check', '--json', '--config', file.path]);
    const { valid, faults } = JSON.parse(stdout) as { valid: boolean; faults: unknown[] };
    expect([code, valid]).toEqual([2, false]);
    expect(faults).toEqual([
      { file: file.path, line: 2, what: 'doors.HTTP.upstream: is not an upstream', instead: expect.any(String) },
    ]);
    expect(stderr).toMatch(/:2: doors\.HTTP\.upstream: is not an upstream; write /u);
    await file.remove();
  });

  it.each([
    ['an unknown command', ['frobnicate'], /unknown command/u],
    ['an unknown option', ['up', '--frobnicate'], /unknown option/u],
    ['no host', ['knock'], /missing required argument/u],
    ['a port that is none', ['knock', 'localhost', '70000'], /not a port/u],
    ['a config that is not there', ['up', '--config', '/nowhere/knockgate.yaml'], /nowhere.*no such file/u],
  ])('%s: one clear line, exit 2', async (_name, args, text) => {
    const { code, stderr } = await Knockgate.run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(text);
    expect(stderr).not.toMatch(/^\s+at /mu);
  });

  it.each([
    ['check x.yaml', /^knockgate: check takes no argument; a config file is named by an option: --config x\.yaml$/u],
    ['check /etc/knockd.conf', /; a config file is named by an option: --knockd-conf \/etc\/knockd\.conf$/u],
    [
      'up HTTP',
      /^knockgate: up takes no argument; a config file is named by --config, knockd's own by --knockd-conf$/u,
    ],
    ['grants watch x.yaml', /^knockgate: watch takes no argument; .*--config x\.yaml$/u],
    ['howto HTTP x.yaml', /^knockgate: howto takes 1 argument; .*--config x\.yaml$/u],
    ['howto x.yaml', /no door x\.yaml; the config has HTTP; a config file is named by an option: --config x\.yaml$/u],
    ['howto example.org', /no door example\.org; the config has HTTP; did you mean --host example\.org\?$/u],
    ['grant 203.0.113.7 HTTP', /^knockgate: the door comes first: knockgate grant HTTP 203\.0\.113\.7$/u],
    ['revoke ::1 HTTP', /^knockgate: the door comes first: knockgate revoke HTTP ::1$/u],
    [
      'knock example.org:7341',
      /^knockgate: host and ports are .* own: knockgate knock example\.org PORT\[:tcp\|udp\] …$/u,
    ],
    ['knock [::1]:7341:udp', /own: knockgate knock \[::1\] PORT/u],
    [
      'knock http://example.org:7341/x',
      /: this is a URL: name the host alone \(example\.org\), and the page by --wait URL$/u,
    ],
    ['knock localhost HTTP', /is not a port; .*; a door is named by --door NAME$/u],
    ['knock localhost 7341,6120', /is not a port; .*; the ports stand apart, without commas$/u],
    ['hide HTTP', /this is no port; .*a door is named by --door\)$/u],
  ])('%s: one line says what was meant, exit 2', async (line, text) => {
    const { code, stdout, stderr } = await Knockgate.run(line.split(' '));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trimEnd()).toMatch(text);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(/7341/u);
  });

  it.each([
    ['--config x.yaml check', /^\(the command comes first, then its options: knockgate check --config FILE\)$/mu],
    ['watch', /^\(it is: knockgate grants watch\)$/mu],
    ['stauts', /^\(Did you mean status\?\)\n\(knockgate --help lists the commands\)$/mu],
  ])('%s: says how it is written, exit 2', async (line, text) => {
    const { code, stderr } = await Knockgate.run(line.split(' '));
    expect([code, stderr]).toEqual([2, expect.stringMatching(text)]);
  });

  it('without the right to open a raw socket: one line that names the cures, exit 1, nothing left running', async () => {
    const file = await tempFile('knockgate.yaml', config());
    await lab.server.run('chmod', ['-R', 'a+rX', dirname(file.path)]);
    const nobody = ['--reuid', '65534', '--regid', '65534', '--clear-groups'];
    const main = new URL('../../dist/apps/cli/main.js', import.meta.url).pathname;
    const up = [process.execPath, main, 'up', '--config', file.path];
    const { code, stderr, stdout } = await lab.server.run('setpriv', [...nobody, ...up]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trim().split('\n')).toEqual([expect.stringMatching(/CAP_NET_RAW.*root.*setcap.*docker compose/u)]);
    await file.remove();
  });

  it('a port that is taken: one line that says so, exit 1', async () => {
    const file = await tempFile('knockgate.yaml', config());
    await using nginx = await Nginx.start({ host: lab.server, address: '0.0.0.0', port: 8080 });
    const { code, stderr } = await Knockgate.run(['up', '--config', file.path], { host: lab.server });
    expect(code).toBe(1);
    expect(stderr).toMatch(/door HTTP: cannot listen on 0\.0\.0\.0:8080: another process listens there/u);
    expect(nginx.program.exitCode).toBeUndefined();
    await file.remove();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s: ends with 0', async (signal) => {
    const file = await tempFile('knockgate.yaml', config());
    const knockgate = await Knockgate.start(['up', '--config', file.path], { host: lab.server, ready: /"ready: / });
    await knockgate.stop(signal);
    await file.remove();
  });

  it('SIGHUP: takes the new config; grants of unchanged doors stay; a faulty one is refused as a whole', async () => {
    const file = await tempFile('knockgate.yaml', config());
    await using knockgate = await Knockgate.start(['up', '--config', file.path], {
      host: lab.server,
      ready: /"ready: /,
    });
    const url = `http://${lab.server.address}:8080/`;
    await nmapKnock(client(), lab.server.address);
    await knockgate.waitForLog(/OPEN SESAME/);
    await writeFile(
      file.path,
      `${config()}  SSH: { sequence: '1001,1002', listen: 2222, upstream: 'tcp://127.0.0.1:22' }\n`,
    );
    knockgate.program.signal('SIGHUP');
    await knockgate.waitForLog(/config re-read: 2 doors/);
    expect((await curl(client(), url)).code).toBe(0);
    await nmapKnock(lab.host('stranger'), lab.server.address, [1001, 1002]);
    await knockgate.waitForLog(/SSH: OPEN SESAME/);
    await writeFile(file.path, 'doors: {}\n');
    knockgate.program.signal('SIGHUP');
    await knockgate.waitForLog(/config refused/);
    expect((await curl(client(), url)).code).toBe(0);
    await file.remove();
  });

  it("the recipe's knockd.conf is valid as it is; without --upstream one line says what is missing", async () => {
    const file = await tempFile('knockd.conf', recipe());
    const valid = await Knockgate.run(['check', '--knockd-conf', file.path, '--upstream', 'http://127.0.0.1:8081']);
    expect(valid.code).toBe(0);
    const missing = await Knockgate.run(['check', '--knockd-conf', file.path]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toMatch(/--upstream/u);
    await file.remove();
  });
});
