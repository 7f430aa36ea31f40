import { chmod, chown, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConsoleLab } from './console.fixture.js';
import { EventStream } from './event-stream.js';
import { Knockgate } from '../lab/knockgate.js';
import { Program } from '../lab/program.js';
import { RedisServer } from '../lab/redis-server.js';

describe('who gets into the console', () => {
  let redis: RedisServer;
  let lab: ConsoleLab;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    await redis.stop();
  });
  beforeEach(async () => {
    lab = await ConsoleLab.create(redis);
  });
  afterEach(async () => {
    await lab[Symbol.asyncDispose]();
  });

  describe('the token file', () => {
    const file = (): string => lab.folder.file('token');
    beforeEach(async () => {
      const text = await readFile(lab.config, 'utf8');
      await writeFile(lab.config, text.replace('./state/token', './token'));
    });
    const refusal = async (): Promise<[number, string]> => {
      const { code, stderr } = await Knockgate.run(['console', '--config', lab.config]);
      return [code, stderr];
    };
    const good = 'k'.repeat(43);

    it.each<[string, string, () => Promise<void>]>([
      ['others may read or write it; chmod 600 ', good, () => chmod(file(), 0o640)],
      ["is another user's; chown root ", good, () => chown(file(), 12_345, 0)],
      ['is shorter than 32 characters; remove it, and it is made anew', 'k'.repeat(31), () => Promise.resolve()],
      ['is shorter than 32 characters; remove it, and it is made anew', '', () => Promise.resolve()],
      ['is longer than 512 characters; remove it, and it is made anew', 'k'.repeat(9000), () => Promise.resolve()],
      ['is no token; remove it, and it is made anew', `${good} ${good}`, () => Promise.resolve()],
    ])('%s', async (fault, text, spoil) => {
      await writeFile(file(), text, { mode: 0o600 });
      await spoil();
      const [code, line] = await refusal();
      expect([code, line]).toEqual([1, expect.stringMatching(/^knockgate: console: token file \S+: [^\n]+\n$/u)]);
      expect(line).toContain(fault);
      expect(line).not.toContain('kkk');
    });

    it('a link to nowhere, and a folder in which none can be made', async () => {
      await symlink('/nonexistent', file());
      expect((await refusal())[1]).toContain('cannot be read: ENOENT; ');
      await writeFile(lab.config, (await readFile(lab.config, 'utf8')).replace('./token', '/proc/none/token'));
      expect((await refusal())[1]).toContain('cannot be made: ENOENT; name another with console: ');
    });
  });

  it('makes a token at its first start, says it once, and keeps it', async () => {
    const first = await lab.start();
    expect((await stat(lab.folder.file('state/token'))).mode & 0o777).toBe(0o600);
    expect(lab.token).toMatch(/^[\w-]{43}$/u);
    expect(first.program.lines).toContain(`console: ${lab.url}/#token=${lab.token}`);
    await first.stop();
    const second = await lab.start();
    expect(second.program.lines).toContain(
      `console: ${lab.url}/ asks for the token in ${lab.folder.file('state/token')}`,
    );
    expect(second.program.lines.join('\n')).not.toContain(lab.token);
    await second.stop();
  });

  it('never says it to the journal', async () => {
    await using knockgate = await lab.start({ env: { JOURNAL_STREAM: '9:12345' } });
    expect(knockgate.program.lines.join('\n')).not.toContain(lab.token);
  });

  describe('a running console', () => {
    let knockgate: Knockgate;
    beforeEach(async () => {
      knockgate = await lab.start();
    });
    afterEach(async () => {
      await knockgate.stop();
    });

    const grant = { door: 'HTTP', ip: '203.0.113.7', seconds: 30 };
    const post = (headers: Record<string, string>) => lab.ask('/api/grants', { method: 'POST', headers, body: grant });

    it.each(['/api/state', '/api/stream', '/api/events', '/api/openapi.json', '/metrics', '/%61pi/state'])(
      '%s: nothing without the token',
      async (path) => {
        for (const headers of [{}, { authorization: 'Bearer x' }, { authorization: lab.token }, { cookie: 'a=b' }]) {
          const { status, text } = await lab.ask(path, { headers });
          expect([status, Object.keys(JSON.parse(text) as object)]).toEqual([expect.toBeOneOf([401, 429]), ['error']]);
        }
      },
    );

    it('health and readiness without it, for those who look after it', async () => {
      expect(await lab.ask('/healthz')).toMatchObject({ status: 200, text: '{"ok":true}' });
      const { status, text } = await lab.ask('/readyz');
      expect([status, JSON.parse(text)]).toEqual([
        503,
        { ready: false, problems: [expect.any(String), expect.any(String)] },
      ]);
    });

    it('a session: by the token, in a cookie that scripts and other sites do not get, until it is ended', async () => {
      const begun = await lab.ask('/api/session', { method: 'POST', body: { token: lab.token } });
      expect([begun.status, begun.text]).toEqual([204, '']);
      const [cookie] = begun.headers['set-cookie'] as string[];
      expect(cookie).toMatch(
        new RegExp(
          String.raw`^knockgate_console_${lab.port}=\d+\.[\w-]{43}; Max-Age=43200; Path=/; HttpOnly; SameSite=Strict$`,
          'u',
        ),
      );
      const session = cookie!.split(';')[0]!;
      expect(session).not.toContain(lab.token);
      expect(await lab.ask('/api/state', { headers: { cookie: session } })).toMatchObject({ status: 200 });
      const forged = session.replace(/=\d+/u, '=9999999999999');
      expect(await lab.ask('/api/state', { headers: { cookie: forged } })).toMatchObject({ status: 401 });
      const ended = await lab.ask('/api/session', { method: 'DELETE', headers: { cookie: session } });
      expect(ended).toMatchObject({
        status: 204,
        headers: { 'set-cookie': [expect.stringMatching(/=; Max-Age=0; /u)] },
      });
    });

    it('wrong tokens: a few answers a second, a line in the log each, and the right one is let in all the same', async () => {
      const wrong = await Promise.all(
        Array.from({ length: 40 }, (_, i) =>
          lab.ask('/api/session', { method: 'POST', body: { token: `guess ${i}` } }),
        ),
      );
      expect(new Set(wrong.map(({ status }) => status))).toEqual(new Set([401, 429]));
      expect(wrong.find(({ status }) => status === 429)?.headers['retry-after']).toBe('1');
      expect(await lab.ask('/api/session', { method: 'POST', body: { token: lab.token } })).toMatchObject({
        status: 204,
      });
      const lines = knockgate.events.filter(({ event }) => event === 'console_refused');
      expect(lines.length).toBeLessThan(40);
      expect(knockgate.program.lines.join('\n')).not.toContain('guess');
    });

    it.each(['example.org', `example.org:80`, '192.0.2.1', '127.0.0.1.example.org'])(
      'a page whose name leads here (DNS rebinding): Host: %s',
      async (host) => {
        for (const path of ['/', '/healthz', '/api/state', '/api/stream', '/nothing']) {
          expect(await lab.ask(path, { headers: { ...lab.bearer, host } })).toMatchObject({ status: 421 });
        }
        expect(await post({ ...lab.bearer, host })).toMatchObject({ status: 421 });
      },
    );

    it('a request that names no host', async () => {
      const socket = connect(lab.port, '127.0.0.1').setEncoding('utf8');
      socket.write('GET /healthz HTTP/1.0\r\n\r\n');
      const [answer] = (await once(socket, 'data')) as [string];
      expect(answer).toMatch(/^HTTP\/1\.1 421 /u);
      socket.destroy();
    });

    it.each([
      { origin: 'http://127.0.0.1:1' },
      { origin: 'http://example.org' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' }, // another port of this host
    ])('a page of another origin, with the session that the browser adds (CSRF): %j', async (headers) => {
      const { headers: begun } = await lab.ask('/api/session', { method: 'POST', body: { token: lab.token } });
      const cookie = (begun['set-cookie'] as string[])[0]!.split(';')[0]!;
      for (const own of [{ cookie }, lab.bearer]) {
        expect(await post({ ...own, ...headers })).toMatchObject({ status: 403 });
        expect(await lab.ask('/api/stream', { headers: { ...own, ...headers } })).toMatchObject({ status: 403 });
        expect(await lab.ask('/%61pi/stream', { headers: { ...own, ...headers } })).toMatchObject({ status: 403 });
        const shut = { method: 'DELETE', headers: { ...own, ...headers } };
        expect(await lab.ask('/api/grants/HTTP/203.0.113.7', shut)).toMatchObject({ status: 403 });
      }
      const login = { method: 'POST', headers, body: { token: lab.token } };
      expect(await lab.ask('/api/session', login)).toMatchObject({ status: 403 });
    });

    it('what a form of another site can send is no JSON', async () => {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        expect(await post({ ...lab.bearer, 'content-type': type })).toMatchObject({ status: 415 });
      }
    });

    it('bad input: one line, what is wrong and what to do', async () => {
      const fault = async (path: string, method: string, body?: unknown): Promise<[number, string]> => {
        const { status, text } = await lab.ask(path, { method, headers: lab.bearer, body });
        return [status, (JSON.parse(text) as { error: string }).error];
      };
      expect(await fault('/api/grants', 'POST', { ...grant, door: 'NONE' })).toEqual([
        404,
        'door: there is none of that name; write one of: HTTP, SSH',
      ]);
      expect(await fault('/api/grants', 'POST', { ...grant, ip: '203.0.113' })).toEqual([
        400,
        expect.stringMatching(/^ip: /u),
      ]);
      expect(await fault('/api/grants', 'POST', { ...grant, seconds: 0 })).toEqual([400, 'seconds: write 1 or more']);
      expect(await fault('/api/grants', 'POST', { ...grant, more: 1 })).toEqual([
        400,
        expect.stringMatching(/write \{/u),
      ]);
      expect(await fault('/api/grants', 'POST', 'x'.repeat(5000))).toEqual([413, expect.any(String)]);
      expect(await fault('/api/grants/HTTP/203.0.113.7', 'DELETE')).toEqual([
        404,
        expect.stringMatching(/no live grant/u),
      ]);
      expect(await fault('/api/events?limit=9999', 'GET')).toEqual([400, 'limit: write 1000 or less']);
      expect(await fault('/api/events?before=x', 'GET')).toEqual([400, 'before: is no id of an event']);
      expect(await fault('/nothing', 'GET')).toEqual([404, expect.any(String)]);
      expect(await fault('/%ff', 'GET')).toEqual([400, expect.any(String)]);
    });

    it('every answer keeps others from framing, embedding, caching and guessing it', async () => {
      for (const path of ['/', '/healthz', '/api/state', '/nothing']) {
        const { headers } = await lab.ask(path);
        expect(headers).toMatchObject({
          'content-security-policy': expect.stringMatching(/^default-src 'none'; .*frame-ancestors 'none'/u),
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
          'cache-control': 'no-store',
          'cross-origin-opener-policy': 'same-origin',
          'cross-origin-resource-policy': 'same-origin',
        });
      }
      using stream = await EventStream.open(`${lab.url}/api/stream`, lab.bearer);
      expect(stream.ended).toBe(false);
    });

    it('is at no address but its own', async () => {
      await using sockets = Program.start('ss', ['-ltnpH']);
      await sockets.exited;
      const own = sockets.lines.filter((line) => line.includes(`pid=${knockgate.program.pid},`));
      expect(own.map((line) => line.split(/\s+/u)[3])).toEqual([`127.0.0.1:${lab.port}`]);
    });

    it('has no rights left, and its token in no line of its log', async () => {
      expect(await readFile(`/proc/${knockgate.program.pid}/status`, 'utf8')).toMatch(
        /^Uid:\t65534\t65534\t65534\t65534$[\s\S]*^CapEff:\t0{16}$/mu,
      );
      await lab.json('/api/state');
      const log = knockgate.program.lines.filter((line) => line.startsWith('{')).join('\n');
      expect(log).not.toContain(lab.token);
    });
  });
});
