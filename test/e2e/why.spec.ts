import { chmod, readdir, writeFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { type Completed, run } from '../lab/run.js';
import { TempDir } from '../lab/temp-dir.js';
import { nmapKnock } from './recipe.fixture.js';

const CONFIG = `
store: memory
log_level: debug
control: ./control
limits: { journal: 2000 }
doors:
  HTTP: { sequence: '6000,7000,8000,9000', seq_timeout: 3, cmd_timeout: 30, listen: 0.0.0.0:80, upstream: sample }
  MIXED: { sequence: '5001:udp,5002', listen: 0.0.0.0:81, upstream: sample }
  ODD: { sequence: '4001,4002', tcpflags: fin, listen: 0.0.0.0:82, upstream: sample }
`;
const KNOCK = [6000, 7000, 8000, 9000];

interface Asked {
  readonly code: number;
  readonly advice: string;
  /** Those of the door HTTP, and those that are nobody's. */
  readonly entries: readonly {
    readonly door: string | null;
    readonly verdict: string;
    readonly got: { port: number } | null;
  }[];
}

describe('why', () => {
  let lab: NetLab;
  let folder: TempDir;
  let knockgate: Knockgate;
  beforeAll(async () => {
    lab = await NetLab.create();
    folder = await TempDir.create('why');
    await writeFile(folder.file('knockgate.yaml'), CONFIG);
    await chmod(folder.path, 0o755);
  });
  afterAll(async () => {
    await folder.remove();
    await lab.stop();
  });
  beforeEach(async () => {
    const args = ['listen', '--config', folder.file('knockgate.yaml')];
    knockgate = await Knockgate.start(args, { host: lab.server, ready: /"ready: / });
  });
  afterEach(async () => {
    await knockgate.stop();
  });

  const client = () => lab.host('client');
  const knock = (...ports: number[]) => nmapKnock(client(), lab.server.address, ports);
  const why = (...args: string[]): Promise<Completed> => Knockgate.run(['why', ...args], { cwd: folder.path });
  const asked = async (door = 'HTTP', ip = client().address): Promise<Asked> => {
    const { code, stdout, stderr } = await why(ip, door, '--json');
    if (stdout === '') throw new Error(stderr);
    const { advice, answers } = JSON.parse(stdout) as { advice: string; answers: [Pick<Asked, 'entries'>] };
    return { code, advice, entries: answers[0].entries };
  };
  /** Once the last packet that was sent has been heard. */
  const heard = async (last: number, door = 'HTTP'): Promise<Asked> =>
    vi.waitFor(
      async () => {
        const answer = await asked(door);
        expect(answer.entries.findLast(({ got }) => got !== null)?.got?.port).toBe(last);
        return answer;
      },
      { timeout: 15_000, interval: 100 },
    );
  const verdicts = ({ entries }: Asked): string[] =>
    entries.map(({ verdict, got }) => `${got?.port ?? '-'} ${verdict}`);
  const probe = (...args: string[]) => client().run('hping3', ['-q', '-c', '1', ...args, lab.server.address]);

  it('a right knock: each step, and the grant', async () => {
    await client().run('knock', ['-d', '50', lab.server.address, ...KNOCK.map(String)]);
    await knockgate.waitForLog(/HTTP: OPEN SESAME/);
    const { code, stdout, stderr } = await why(client().address, 'HTTP');
    expect([code, stderr]).toEqual([0, '']);
    const rows = stdout.split('\n').map((row) => row.trimEnd().split(/ {2,}/u).slice(1).join(' | '));
    expect(stdout.split('\n')[0]).toMatch(
      new RegExp(`^${client().address}, as heard by process ${knockgate.program.pid} on `, 'u'),
    );
    expect(rows.slice(1, 7)).toEqual([
      'GAP | DOOR | GOT | EXPECTED | VERDICT',
      'HTTP | 6000/tcp | 6000/tcp | step 1 of 4',
      expect.stringMatching(/^\+\d+ ms \| HTTP \| 7000\/tcp \| 7000\/tcp \| step 2 of 4$/u),
      expect.stringMatching(/^\+\d+ ms \| HTTP \| 8000\/tcp \| 8000\/tcp \| step 3 of 4$/u),
      expect.stringMatching(/^\+\d+ ms \| HTTP \| 9000\/tcp \| 9000\/tcp \| step 4 of 4: complete$/u),
      expect.stringMatching(/^\+\d+ ms \| HTTP \| - \| - \| granted$/u),
    ]);
    expect(stdout).toMatch(/\n\nit opened: granted at HTTP \d.* ago, for 30 s; .*\n$/u);
  });

  it('the wrong order', async () => {
    await knock(6000, 8000);
    await probe('-S', '-p', '7000');
    const answer = await heard(7000);
    expect(verdicts(answer)).toEqual(['6000 advanced', '8000 voided', '7000 stray']);
    expect(answer.advice).toMatch(/^8000\/tcp came before 7000\/tcp|^7000\/tcp never came, 8000\/tcp did/u);
  });

  it('a wrong port in between, also one that no door has', async () => {
    await knock(6000, 7000, 1234);
    const answer = await heard(1234);
    expect(verdicts(answer)).toEqual(['6000 advanced', '7000 advanced', '1234 voided']);
    expect(answer.advice).toMatch(/^1234\/tcp, no port of HTTP, came in between/u);
  });

  it('too late', async () => {
    await knock(6000, 7000);
    await knockgate.waitForLog(/HTTP: sequence timeout \(stage 2\)/);
    expect((await asked()).advice).toMatch(
      /^8000\/tcp, step 3, did not come within the time \(seq_timeout is 3\.0 s\)/u,
    );
    await knock(8000);
    const answer = await heard(8000);
    expect(verdicts(answer)).toEqual(['6000 advanced', '7000 advanced', '- timed_out', '8000 stray']);
    expect(answer.advice).toMatch(/^step 3 came [3-9]\.?\d* s after the first, seq_timeout is 3\.0 s: knock faster/u);
  });

  it('a repeat, and a retry of a browser', async () => {
    // by hand: nmap would take 3 s on a slow machine
    for (const port of ['6000', '6000', '7000']) await probe('-S', '-p', port);
    const answer = await heard(7000);
    expect(verdicts(answer)).toEqual(['6000 advanced', '6000 repeat', '7000 advanced']);
  });

  it('UDP where TCP is wanted', async () => {
    await client().run('knock', ['-u', lab.server.address, '6000']);
    const answer = await heard(6000);
    expect(answer.advice).toBe('6000 came by UDP, HTTP wants TCP there: knock 6000:tcp');
  });

  it('other flags: those that some door counts are heard', async () => {
    await probe('-F', '-p', '6000');
    const answer = await heard(6000);
    expect(verdicts(answer)).toEqual(['6000 flags']);
    expect(answer.advice).toBe(
      '6000/tcp came with flags fin, tcpflags of HTTP wants syn: knock with these, or change tcpflags',
    );
  });

  it('nothing heard: exit status 1, and where to look', async () => {
    const { code, stdout } = await why('192.0.2.99');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^nothing of 192\.0\.2\.99 was heard in the last .*firewall/u);
  });

  it('without an IP: who was heard, with no port', async () => {
    await knock(6000, 1234);
    await heard(1234);
    const { code, stdout } = await why();
    expect(code).toBe(0);
    expect(stdout).toMatch(
      new RegExp(`^${client().address} +\\S+ \\S+ ago +HTTP +wrong port: voided, at step 1 of 4$`, 'mu'),
    );
    expect(stdout).not.toMatch(/6000|1234/u);
  });

  it('the wrong usage: no address, no such door, the door first', async () => {
    expect(await why('nowhere')).toMatchObject({ code: 2, stderr: 'knockgate: not an IP address: nowhere\n' });
    expect(await why('HTTP', '192.0.2.1')).toMatchObject({
      code: 2,
      stderr: 'knockgate: the IP comes first: knockgate why 192.0.2.1 HTTP\n',
    });
    expect(await why('192.0.2.1', 'HTPT')).toMatchObject({
      code: 2,
      stderr: 'knockgate: no door HTPT; the listener has HTTP, MIXED, ODD\n',
    });
  });

  it('a flood of first knocks under random sources pushes out nobody who is knocking', async () => {
    await knock(6000, 7000);
    await heard(7000);
    // Bounded: so many packets, 4 s at most. Sources are spoofed inside the lab, which has no way out. hping3's random is
    // weak: of millions, thousands come a second time, and a source that knocks twice is nobody's flood of first knocks.
    const pace = ['-i', 'u10', '-c', '100000'];
    const args = ['4', 'hping3', '-q', ...pace, '--rand-source', '-S', '-p', '6000', lab.server.address];
    const flood = lab.host('stranger').spawn('timeout', args);
    await knockgate.waitForLog(/more stage, void and timeout lines left out/);
    await flood.stop();
    const answer = await vi.waitFor(() => asked(), { timeout: 15_000, interval: 100 }); // it has a flood to get through
    expect(verdicts(answer).slice(0, 2)).toEqual(['6000 advanced', '7000 advanced']);
  });

  it('no other user may ask, and no log has a port', async () => {
    await knock(6000, 7000);
    await heard(7000);
    const socket = folder.file(`control/0/listener-${knockgate.program.pid}.sock`);
    const as = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
    const command = Knockgate.command(['why', client().address, '--control', folder.file('control')]);
    const other = await run('setpriv', [...as, ...command]);
    expect([other.code, other.stdout]).toEqual([1, '']);
    expect(other.stderr).toMatch(/^knockgate: may not ask the listener: .*EACCES; ask as root, or as its user\n$/u);
    const raw = await run('setpriv', [...as, 'curl', '-s', '--unix-socket', socket, 'http://x/sources']);
    expect([raw.code, raw.stdout]).toEqual([7, '']);
    for (const line of knockgate.program.lines) expect(line).not.toMatch(/[6789]000/u);
  });

  it('strangers to the protocol are refused, and bounded', async () => {
    const socket = folder.file(`control/0/listener-${knockgate.program.pid}.sock`);
    const curl = async (...args: string[]): Promise<string> =>
      (await run('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', '--unix-socket', socket, ...args])).stdout;
    expect(await curl('http://x/why?ip=nowhere')).toBe('400');
    expect(await curl('http://x/why')).toBe('400');
    expect(await curl('http://x/')).toBe('404');
    expect(await curl('--request-target', 'http://[', 'http://x/')).toMatch(/^40[04]$/u);
    expect(await curl('-X', 'POST', '-d', 'x', 'http://x/sources')).toBe('405');
    expect(await curl('-H', `x: ${'y'.repeat(9000)}`, 'http://x/sources')).toBe('431');
    expect(await curl('http://x/sources')).toBe('200');
  });
});

describe('the control socket', () => {
  let lab: NetLab;
  let folder: TempDir;
  const sockets = async (): Promise<string[]> => readdir(folder.file('control/0')).catch(() => []);
  const start = async (top: string): Promise<Knockgate> => {
    await writeFile(folder.file('knockgate.yaml'), CONFIG.replace('control: ./control', top));
    const args = ['listen', '--config', folder.file('knockgate.yaml')];
    return Knockgate.start(args, { host: lab.server, ready: /"ready: / });
  };
  beforeAll(async () => {
    lab = await NetLab.create();
    folder = await TempDir.create('control');
  });
  afterAll(async () => {
    await folder.remove();
    await lab.stop();
  });

  it('goes with its process; what a crash has left goes with the next', async () => {
    const killed = await start('control: ./control');
    await killed.program.stop('SIGKILL');
    expect(await sockets()).toEqual([`listener-${killed.program.pid}.sock`]);
    const why = await Knockgate.run(['why'], { cwd: folder.path });
    expect([why.code, why.stderr]).toEqual([1, expect.stringMatching(/^knockgate: no listener runs here: /u)]);
    const next = await start('control: ./control');
    expect(await sockets()).toEqual([`listener-${next.program.pid}.sock`]);
    await next.stop();
    expect(await sockets()).toEqual([]);
  });

  it('can be switched off', async () => {
    await using _ = await start('control: false');
    const why = await Knockgate.run(['why'], { cwd: folder.path });
    expect([why.code, why.stderr]).toEqual([2, expect.stringMatching(/^knockgate: control: off: /u)]);
  });

  it('where there can be none, one line says so and the listener goes on', async () => {
    await using knockgate = await start('control: /proc/none');
    const said = knockgate.events.filter(({ event }) => event === 'control_unavailable');
    expect(said).toEqual([
      expect.objectContaining({
        level: 'warn',
        msg: expect.stringMatching(/^no control socket: ENOENT.*control: FOLDER/u),
      }),
    ]);
    await nmapKnock(lab.host('client'), lab.server.address, [6000]);
    await knockgate.waitForLog(/HTTP: Stage 1/);
  });

  it('of `up` that has given up its rights is still for root alone', async () => {
    await writeFile(folder.file('knockgate.yaml'), CONFIG);
    const args = ['up', '--config', folder.file('knockgate.yaml')];
    await using knockgate = await Knockgate.start(args, { host: lab.server, ready: /"ready: / });
    await knockgate.waitForLog(/^rights given up: running as nobody/u);
    await nmapKnock(lab.host('client'), lab.server.address, [6000]);
    await knockgate.waitForLog(/HTTP: Stage 1/);
    const { code, stdout } = await Knockgate.run(['why', lab.host('client').address], { cwd: folder.path });
    expect([code, stdout]).toEqual([0, expect.stringContaining('step 1 of 4')]);
    const socket = folder.file(`control/0/listener-${knockgate.program.pid}.sock`);
    await chmod(folder.path, 0o755);
    const as = ['--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
    const { code: refused } = await run('setpriv', [...as, 'curl', '-s', '--unix-socket', socket, 'http://x/sources']);
    expect(refused).toBe(7);
  });
});
