import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Knockgate } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { nmapKnock, tempFile } from './recipe.fixture.js';

const CONFIG = `
store: memory
log_level: debug
doors:
  HTTP:
    sequence: 6000,7000,8000,9000
    seq_timeout: 3
    cmd_timeout: 30
    listen: ['0.0.0.0:80', '[::]:80']
    upstream: sample
  MIXED:
    sequence: 5001:udp,5002,5003:udp
    listen: 0.0.0.0:81
    upstream: sample
  ODD:
    sequence: 4001,4002
    tcpflags: fin,!ack
    listen: 0.0.0.0:82
    upstream: sample
`;
const KNOCK = [6000, 7000, 8000, 9000];

describe('who opens a door, and who does not', () => {
  let lab: NetLab;
  let config: Awaited<ReturnType<typeof tempFile>>;
  let knockgate: Knockgate;
  beforeAll(async () => {
    lab = await NetLab.create();
    config = await tempFile('knockgate.yaml', CONFIG);
  });
  afterAll(async () => {
    await config.remove();
    await lab.stop();
  });
  beforeEach(async () => {
    knockgate = await Knockgate.start(['up', '--config', config.path], { host: lab.server, ready: /"ready: / });
  });
  afterEach(async () => {
    await knockgate.stop();
  });

  const client = () => lab.host('client');
  const knock = (...ports: number[]) => nmapKnock(client(), lab.server.address, ports);
  const opened = (door = 'HTTP') =>
    knockgate.events.filter((event) => event['event'] === 'opened' && event['door'] === door);
  const probe = (flags: string, port: number) =>
    client().run('hping3', ['-q', '-c', '1', flags, '-p', String(port), lab.server.address]);
  /** All that was sent before has been judged once this knock's stage is logged. */
  const settled = async (): Promise<void> => {
    await nmapKnock(lab.host('stranger'), lab.server.address, [6000]);
    await knockgate.waitForLog(new RegExp(`^${lab.host('stranger').address}: HTTP: Stage 1$`, 'u'));
  };

  it("knockd's client opens it", async () => {
    await client().run('knock', [lab.server.address, ...KNOCK.map(String)]);
    await knockgate.waitForLog(/HTTP: OPEN SESAME/);
  });

  it('nmap opens it, over IPv6 too', async () => {
    await nmapKnock(client(), lab.server.address6, KNOCK);
    const { ip } = await knockgate.waitForLog(/HTTP: OPEN SESAME/);
    expect(ip).toBe(client().address6);
  });

  it("bash's /dev/tcp and nc open it", async () => {
    const script = KNOCK.map((port) => `(: < /dev/tcp/${lab.server.address}/${port}) 2>/dev/null`).join('; ');
    await client().run('bash', ['-c', script]);
    await knockgate.waitForLog(new RegExp(`${client().address}: HTTP: OPEN SESAME`, 'u'));
    const stranger = lab.host('stranger');
    for (const port of KNOCK) await stranger.run('nc', ['-z', '-w', '1', lab.server.address, String(port)]);
    await knockgate.waitForLog(new RegExp(`${stranger.address}: HTTP: OPEN SESAME`, 'u'));
  });

  it('a sequence of both protocols opens it', async () => {
    await client().run('knock', ['-d', '100', lab.server.address, '5001:udp', '5002:tcp', '5003:udp']);
    await knockgate.waitForLog(/MIXED: OPEN SESAME/);
  });

  it('odd flags open it where they are asked for, and SYNs are not heard there', async () => {
    for (const port of [4001, 4002]) await probe('-S', port);
    await settled();
    expect(opened('ODD')).toEqual([]);
    for (const port of [4001, 4002]) await probe('-F', port);
    await knockgate.waitForLog(/ODD: OPEN SESAME/);
  });

  it.each([
    ['the wrong order', [6000, 8000, 7000, 9000]],
    ['a port of no door between', [6000, 7000, 1234, 8000, 9000]],
    ['a port left out', [6000, 7000, 9000]],
  ])('%s: nothing', async (_name, ports) => {
    await knock(...ports);
    await settled();
    expect(opened()).toEqual([]);
  });

  it('wrong flags: nothing', async () => {
    for (const port of KNOCK) {
      await client().run('hping3', ['-q', '-c', '1', '-A', '-p', String(port), lab.server.address]);
    }
    await settled();
    expect(opened()).toEqual([]);
    expect(knockgate.events.filter(({ ip }) => ip === client().address)).toEqual([]); // never reached the process
  });

  it('too slow: the attempt ends by a timer, and the rest opens nothing', async () => {
    await knock(6000, 7000);
    await knockgate.waitForLog(/HTTP: sequence timeout \(stage 2\)/);
    await knock(8000, 9000);
    await settled();
    expect(opened()).toEqual([]);
  });

  it('two sources do not complete one attempt', async () => {
    await knock(6000, 7000);
    await nmapKnock(lab.host('stranger'), lab.server.address, [8000, 9000]);
    await settled();
    expect(opened()).toEqual([]);
  });

  it('retransmitted and repeated knocks, and a browser that retries, spoil nothing', async () => {
    await knock(6000, 6000, 7000, 80, 7000, 443, 8000, 8000, 22, 9000);
    await knockgate.waitForLog(/HTTP: OPEN SESAME/);
  });

  it.each([
    ['ascending', ['-r']],
    ['random', []],
  ])('a sweep over all ports opens nothing: %s', async (_name, order) => {
    const args = ['-Pn', '-n', '-T4', '--max-retries', '1', ...order, '-p1-65535', lab.server.address];
    const { code, stdout } = await client().run('nmap', args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/65535 closed tcp ports \(reset\)/u); // the doors' own three among them
    await settled();
    expect(knockgate.events.filter(({ event }) => event === 'opened')).toEqual([]);
    expect(knockgate.events.some(({ msg }) => msg.includes('HTTP: Stage 1'))).toBe(true); // it was heard
  });

  it('a knock at an open door extends the grant', async () => {
    await knock(...KNOCK);
    await knockgate.waitForLog(/HTTP: OPEN SESAME$/);
    await knock(...KNOCK);
    await knockgate.waitForLog((event) => event['event'] === 'extended' && event['door'] === 'HTTP');
    expect(opened()).toHaveLength(1);
  });

  it("a spoofed flood of first knocks starves nobody who knocks at a person's pace", async () => {
    // Bounded: 8 s at most. Sources are spoofed inside the lab, which has no way out.
    const flood = lab
      .host('stranger')
      .spawn('timeout', ['8', 'hping3', '-q', '--flood', '--rand-source', '-S', '-p', '6000', lab.server.address]);
    await knockgate.waitForLog(/more stage, void and timeout lines left out/);
    const paced = KNOCK.map((port) => `(: < /dev/tcp/${lab.server.address}/${port}) 2>/dev/null; sleep 0.5`).join('; ');
    await client().run('bash', ['-c', paced]);
    await knockgate.waitForLog(new RegExp(`^${client().address}: HTTP: OPEN SESAME$`, 'u'));
    await flood.stop();
  });

  it('never says a port of a sequence in its log', async () => {
    await knock(6000, 7000, 1234);
    await settled();
    for (const line of knockgate.program.lines) expect(line).not.toMatch(/[6789]000|500[123]|400[12]/u);
  });
});
