import { chmod, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandsOf, pathOf } from '../../apps/cli/man/man-page.js';
import { createProgram } from '../../apps/cli/program.js';
import { Knockgate, type KnockgateOptions } from '../lab/knockgate.js';
import { NetLab } from '../lab/netlab.js';
import { RedisServer } from '../lab/redis-server.js';
import { TempDir } from '../lab/temp-dir.js';
import { type Secret, Seen } from './secrets.fixture.js';

const PASSWORD = 'Kq7-zRr3/pW@9';
const WRONG = 'Kq7-wrong/pW@9';
const TOKEN = `${'c0ffee'.repeat(10)}beef`;
/** Below the ports that this machine takes for its own connections. */
const SEQUENCE = ['17341', '26119', '19857', '28263'];
const ONCE = ['17343', '26121', '19859'];
const spelled = (text: string): string[] => [...new Set([text, encodeURIComponent(text), encodeURI(text)])];
const REDIS: Secret = { what: 'password of Redis', texts: [PASSWORD, WRONG].flatMap(spelled) };
const CONSOLE: Secret = { what: 'token of the console', texts: [TOKEN] };
const KNOCK: Secret = { what: 'port of a sequence', texts: [...SEQUENCE, ...ONCE] };

/** What is run of each command; `telling`: it is there to tell the sequence to who asks. A new command has to be here. */
const COMMANDS: Readonly<
  Record<string, { readonly words?: readonly string[]; readonly telling?: true; readonly role?: true }>
> = {
  up: { role: true },
  listen: { role: true },
  serve: { role: true },
  console: { role: true },
  knock: { words: ['127.0.0.1'] },
  howto: { words: ['HTTP', '--host', '127.0.0.1'], telling: true },
  page: { words: ['HTTP', '--host', '127.0.0.1'], telling: true },
  status: {},
  grants: {},
  'grants ls': {},
  'grants watch': { role: true },
  grant: { words: ['HTTP', '203.0.113.7'] },
  revoke: { words: ['HTTP', '203.0.113.7'] },
  events: {},
  hide: { role: true },
  unhide: { words: ['2222'] },
  check: {},
  doctor: {},
  why: { telling: true },
  stealth: { words: ['HTTP', '--target', '127.0.0.1'] },
  import: { words: ['knockd.conf'], telling: true },
  completion: { words: ['bash'] },
};
const ENDING = Object.entries(COMMANDS).filter(([, { role }]) => role !== true);
/** Commands that run at a time: some wait for a Redis that does not come. */
const AT_ONCE = 4;
const NO_CONFIG = new Set(['unhide', 'import', 'completion']);

describe('password, token and sequence', () => {
  let lab: NetLab;
  let redis: RedisServer;
  let folder: TempDir;
  beforeAll(async () => {
    lab = await NetLab.create();
    folder = await TempDir.create('secrets');
    await chmod(folder.path, 0o755);
    const settings = {
      user: `gate on >${PASSWORD} ~* &* +@all`,
      'slowlog-log-slower-than': '0',
      'slowlog-max-len': '5000',
    };
    redis = await RedisServer.start({ host: lab.server, settings });
    await writeFile(folder.file('token'), `${TOKEN}\n`, { mode: 0o600 });
    await writeFile(folder.file('password'), PASSWORD, { mode: 0o600 });
    await writeFile(folder.file('once'), `${ONCE.join(',')}\n`);
    await writeFile(folder.file('knockd.conf'), `[HTTP]\n  sequence = ${SEQUENCE.join(',')}\n`);
  }, 60_000);
  afterAll(async () => {
    await redis?.stop();
    await lab?.stop();
    await folder?.remove();
  });

  const url = (password: string, port = redis.port): string =>
    `redis://gate:${encodeURIComponent(password)}@127.0.0.1:${port}`;
  const config = async (name: string, store: string, more = ''): Promise<string> => {
    const text = `
store: ${store}
user: nobody
console: { listen: '127.0.0.1:4080', token_file: ${folder.file('token')} }
logfile: ${folder.file(`${name}.log`)}
control: ${folder.file('control')}
run_commands: true
${more}
doors:
  HTTP:
    sequence: ${SEQUENCE.join(',')}
    cmd_timeout: 2
    listen: 0.0.0.0:8080
    upstream: sample
    start_command: sleep 1
    stop_command: 'true'
  ONCE: { one_time_sequences: ${folder.file('once')}, listen: 0.0.0.0:8081, upstream: sample }
`;
    await writeFile(folder.file(`${name}.yaml`), text);
    return folder.file(`${name}.yaml`);
  };
  const options = (env: KnockgateOptions['env'] = {}) => ({
    host: lab.server,
    cwd: folder.path,
    env: { KNOCKGATE_LOG_LEVEL: 'debug', STATE_DIRECTORY: folder.file('state'), ...env },
  });

  /** Runs every command that ends by itself, with the stack of each error. */
  async function runAll(seen: Seen, file: string, names = ENDING.map(([name]) => name)): Promise<void> {
    const run = async ([name, { words = [], telling }]: (typeof ENDING)[number]): Promise<void> => {
      const named = NO_CONFIG.has(name) ? [] : ['--config', file];
      const { stdout, stderr } = await Knockgate.run(['--debug', ...name.split(' '), ...words, ...named], {
        ...options(),
        timeoutMs: 90_000,
      });
      seen.add(telling === true ? `telling ${name}` : name, stdout + stderr);
    };
    const chosen = ENDING.filter(([name]) => names.includes(name));
    for (let i = 0; i < chosen.length; i += AT_ONCE) await Promise.all(chosen.slice(i, i + AT_ONCE).map(run));
  }

  /** All that Redis has, and what it notes of who asks it. */
  async function dump(): Promise<string> {
    const reading: Readonly<Record<string, readonly [string, ...string[]]>> = {
      hash: ['HGETALL'],
      stream: ['XRANGE', '-', '+'],
      set: ['SMEMBERS'],
      zset: ['ZRANGE', '0', '-1'],
      string: ['GET'],
    };
    const keys = (await redis.cli('KEYS', '*')).split('\n').filter((key) => key !== '');
    const texts = [keys.join('\n')];
    for (const key of keys) {
      const [command, ...args] = reading[await redis.cli('TYPE', key)] ?? ['DUMP'];
      texts.push(await redis.cli(command, key, ...args));
    }
    texts.push(
      await redis.cli('SLOWLOG', 'GET', '-1'),
      await redis.cli('CLIENT', 'LIST'),
      await redis.cli('ACL', 'LOG'),
    );
    return texts.join('\n');
  }

  const asked = async (path: string): Promise<string> => {
    const header = folder.file('header');
    await writeFile(header, `authorization: Bearer ${TOKEN}\n`);
    const { stdout } = await lab.server.run('curl', [
      '-sS',
      '-m',
      '3',
      '-H',
      `@${header}`,
      `http://127.0.0.1:4080${path}`,
    ]);
    return stdout;
  };

  it('each command of knockgate is looked at', () => {
    const all = commandsOf(createProgram()).map(pathOf);
    expect(Object.keys(COMMANDS).toSorted()).toEqual(expect.arrayContaining(all.toSorted()));
  });

  it('are in no output, log or process list, nor in Redis, its slow log or the metrics, whatever runs', async () => {
    using seen = new Seen();
    const parts: readonly (readonly [string, string, string, KnockgateOptions['env']])[] = [
      ['listen', 'map', `{ url: 'redis://127.0.0.1:${redis.port}', username: gate, password_file: password }`, {}],
      ['serve', 'workers', url(PASSWORD), {}],
      ['console', 'environment', 'redis://127.0.0.1:1', { REDIS_URL: url(PASSWORD) }],
    ];
    const running: Knockgate[] = [];
    try {
      for (const [role, name, store, env] of parts) {
        const file = await config(name, store, name === 'workers' ? 'workers: 2' : '');
        running.push(
          await Knockgate.start(['--debug', role, '--config', file], { ...options(env), ready: /"ready: |ready/u }),
        );
      }
      const file = folder.file('workers.yaml');
      const knock = ['knock', lab.server.address, '--config', file];
      const from = { host: lab.host('client'), cwd: folder.path };
      const page = ['--wait', `http://${lab.server.address}:8080/`];
      const knocked = await Knockgate.run([...knock, '--door', 'HTTP', ...page], from);
      expect(knocked.code).toBe(0);
      seen.add('knock', knocked.stdout + knocked.stderr);
      running.push(
        await Knockgate.start(['hide', '2222', '--door', 'HTTP', '--config', file], { ...options(), ready: /hid/u }),
      );
      const [node, ...watching] = Knockgate.command(['grants', 'watch', '--config', file]);
      await using watch = lab.server.spawn(node, watching, options());
      await runAll(seen, file);
      for (const path of ['/metrics', '/api/state', '/api/events', '/api/openapi.json', '/healthz', '/readyz']) {
        seen.add(`console ${path}`, await asked(path));
      }
      expect(
        seen.commandLines.filter((line) => /knockgate|worker\.child|config-reader|apps\/cli/u.test(line)).length,
      ).toBeGreaterThan(3);
      await watch.waitForLine(/HTTP/u);
      seen.add('grants watch', watch.lines.join('\n'));
      seen.add('Redis', await dump());
      expect(await redis.cli('KEYS', 'knockgate:{HTTP}:*')).toContain('events');
      const roles = running.slice(0, parts.length);
      for (const each of roles) each.program.signal('SIGHUP');
      await Promise.all(roles.map((each) => each.program.waitForLine(/re-read/u)));
    } finally {
      for (const each of running) await each[Symbol.asyncDispose]();
      for (const [index, each] of running.entries())
        seen.add(parts[index]?.[0] ?? 'hide', each.program.lines.join('\n'));
    }
    for (const [, name] of parts) seen.add(`log ${name}`, await readFile(folder.file(`${name}.log`), 'utf8'));
    expect(seen.leaks([REDIS, CONSOLE])).toEqual([]);
    const told = seen.leaks([KNOCK]);
    expect(told.filter((leak) => !leak.startsWith('telling '))).toEqual([]);
    expect(told.some((leak) => leak.startsWith('telling howto'))).toBe(true); // a search that finds
  }, 180_000);

  it('are in nothing that is said where the password is wrong, Redis away, or the config at fault', async () => {
    using seen = new Seen();
    const broken = [
      ['no-url', `'redis://gate:${PASSWORD}@@127.0.0.1/x y'`],
      ['no-scheme', `'http://gate:${PASSWORD}@127.0.0.1'`],
      ['in-a-map', `{ password: '${PASSWORD}', url: 'redis://127.0.0.1' }`],
      ['several-lines', `{ password_file: lines, url: 'redis://127.0.0.1' }`],
    ] as const;
    await writeFile(folder.file('lines'), `${PASSWORD}\n${PASSWORD}\n`);
    for (const [name, store] of broken) await runAll(seen, await config(name, store), ['check', 'doctor', 'status']);
    await runAll(seen, await config('wrong-password', url(WRONG)));
    const asking = ['status', 'doctor', 'grant', 'events'];
    await runAll(seen, await config('away', url(PASSWORD, 1)), asking);
    await runAll(seen, await config('no-tls', url(PASSWORD).replace('redis:', 'rediss:')), asking);
    const fromEnvironment = options({ REDIS_URL: `redis://gate:${PASSWORD}@@/ ` });
    const byEnvironment = ['--debug', 'check', '--config', await config('by-environment', 'memory')];
    const { stdout, stderr } = await Knockgate.run(byEnvironment, fromEnvironment);
    expect(stderr).toMatch(/^REDIS_URL:1: /mu);
    seen.add('check', stdout + stderr);
    for (const role of ['up', 'serve', 'listen', 'console']) {
      const file = folder.file('wrong-password.yaml');
      const started = Knockgate.start(['--debug', role, '--config', file], { ...options(), ready: /WRONGPASS/u });
      await using knockgate = await started;
      seen.add(role, knockgate.program.lines.join('\n'));
    }
    seen.add('log', await readFile(folder.file('wrong-password.log'), 'utf8'));
    expect(seen.leaks([REDIS, CONSOLE])).toEqual([]);
    expect(seen.leaks([KNOCK]).filter((leak) => !leak.startsWith('telling '))).toEqual([]);
  }, 300_000);
});
