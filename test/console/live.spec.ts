import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ProcessReport, RedisGrantStore } from '#grants';
import type { Changes, Events, GrantView, Pulse, State, TrailEvent } from '../../apps/console/api-schemas.js';
import { Knockgate } from '../lab/knockgate.js';
import { RedisServer } from '../lab/redis-server.js';
import { ConsoleLab } from './console.fixture.js';
import { EventStream } from './event-stream.js';

const IP = '203.0.113.7';
const WAIT_MS = 20_000;

describe('what the console shows and does', () => {
  let redis: RedisServer;
  let lab: ConsoleLab;
  let store: RedisGrantStore;
  let knockgate: Knockgate;
  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    await redis.stop();
  });
  beforeEach(async () => {
    store = new RedisGrantStore(redis.url, 10_000);
    await vi.waitFor(() => store.ping(), { timeout: WAIT_MS });
    await redis.cli('FLUSHALL');
    lab = await ConsoleLab.create(redis);
    knockgate = await lab.start();
  });
  afterEach(async () => {
    await knockgate[Symbol.asyncDispose]();
    await store.close();
    await lab[Symbol.asyncDispose]();
  });

  const grant = (ip = IP, ttlMs = 59_000, door = 'HTTP') =>
    store.grant({ door, ip, ttlMs, method: 'knock', listener: 'test:1' });
  const record = (event: string, fields: Record<string, string> = {}) =>
    store.record('HTTP', { event, ip: IP, ...fields });
  const report = (roles: string, more: Partial<ProcessReport> = {}): Promise<void> => {
    const process = { host: 'test', pid: 1, version: '1', startedAt: '2026-01-01T00:00:00.000Z' };
    return store.report({ ...process, roles, healthy: true, problems: [], metrics: [], ...more });
  };
  const open = (headers = lab.bearer): Promise<EventStream> => EventStream.open(`${lab.url}/api/stream`, headers);

  it('the doors, without their sequences; grants with what is left of them', async () => {
    await grant();
    const state = await vi.waitFor(
      async () => {
        const now = await lab.json<State>('/api/state');
        expect(now.grants).toHaveLength(1);
        return now;
      },
      { timeout: WAIT_MS },
    );
    expect(state.doors).toEqual([
      {
        name: 'HTTP',
        listen: ['127.0.0.1:8990'],
        mode: 'http',
        hide: 'auto',
        upstream: 'sample',
        stages: 4,
        seq_timeout: 45,
        cmd_timeout: 59,
      },
      expect.objectContaining({ name: 'SSH', mode: 'tcp', stages: 2 }),
    ]);
    expect(state.grants[0]).toMatchObject({
      door: 'HTTP',
      ip: IP,
      method: 'knock',
      listener: 'test:1',
      lasts_ms: 59_000,
    });
    expect(state.grants[0]!.ends_in_ms).toBeLessThanOrEqual(59_000);
    expect(state.store).toEqual({ kind: 'redis', name: expect.stringMatching(/^Redis /u), reachable: true });
    for (const port of ['7341', '6120', '9853', '8264']) expect(JSON.stringify(state)).not.toContain(port);
  });

  it('a grant that another process makes, changes and ends, as it happens', async () => {
    using stream = await open();
    await stream.until<State>('state', ({ grants }) => grants.length === 0);
    await grant();
    await stream.until<Changes>('changes', ({ grants }) => grants.some(({ ip }) => ip === IP));
    await grant(IP, 600_000);
    await stream.until<Changes>('changes', ({ grants }) => grants.some(({ ends_in_ms }) => ends_in_ms > 500_000));
    expect(stream.of<State>('state')).toHaveLength(1);
    await redis.cli('DEL', `knockgate:{HTTP}:grant:${IP}`);
    await stream.until<Changes>('changes', ({ ended }) => ended.some(({ reason }) => reason === 'revoked'));
    await grant('2001:db8::1', 300);
    await stream.until<Changes>('changes', ({ ended }) =>
      ended.some(({ ip, reason }) => ip === '2001:db8::1' && reason === 'expired'),
    );
  });

  it('attempts, step by step, and what becomes of them', async () => {
    using stream = await open();
    await record('stage', { stage: '1', of: '4' });
    const [first] = (await stream.until<Changes>('changes', ({ attempts }) => attempts.length > 0)).attempts;
    expect(first).toMatchObject({ door: 'HTTP', ip: IP, stage: 1, of: 4 });
    expect(first!.ends_in_ms).toBeGreaterThan(0);
    expect(first!.ends_in_ms).toBeLessThanOrEqual(45_000);
    await record('stage', { stage: '2', of: '4' });
    await stream.until<Changes>('changes', ({ attempts }) => attempts.some(({ stage }) => stage === 2));
    expect((await lab.json<State>('/api/state')).attempts).toMatchObject([{ ip: IP, stage: 2 }]);
    await record('voided', { stage: '2' });
    await stream.until<Changes>('changes', ({ attempts_ended }) => attempts_ended.some(({ ip }) => ip === IP));
    expect((await lab.json<State>('/api/state')).attempts).toEqual([]);
  });

  it('attempts that began before it did', async () => {
    await record('stage', { stage: '1', of: '4' });
    await knockgate.stop();
    knockgate = await lab.start();
    await vi.waitFor(
      async () => expect((await lab.json<State>('/api/state')).attempts).toMatchObject([{ ip: IP, stage: 1 }]),
      { timeout: WAIT_MS },
    );
  });

  it('lets in by hand, for longer where there is a grant, and shuts out: in Redis at once', async () => {
    const body = { door: 'HTTP', ip: '::ffff:203.0.113.7', seconds: 600 };
    const granted = await lab.json<GrantView>('/api/grants', { method: 'POST', body });
    expect(granted).toMatchObject({
      door: 'HTTP',
      ip: IP,
      method: 'manual',
      listener: 'knockgate console',
      lasts_ms: 600_000,
    });
    expect(await redis.cli('TTL', `knockgate:{HTTP}:grant:${IP}`)).toMatch(/^(?:600|599|59\d)$/u);
    const shorter = await lab.json<GrantView>('/api/grants', { method: 'POST', body: { ...body, seconds: 5 } });
    expect(shorter.ends_in_ms).toBeGreaterThan(500_000);
    const preset = await lab.json<GrantView>('/api/grants', {
      method: 'POST',
      body: { door: 'HTTP', ip: '2001:db8::1' },
    });
    expect(preset.lasts_ms).toBe(59_000);
    await lab.json(`/api/grants/HTTP/${IP}`, { method: 'DELETE' });
    await lab.json(`/api/grants/HTTP/${encodeURIComponent('2001:db8::1')}`, { method: 'DELETE' });
    expect(await redis.cli('--scan', '--pattern', '*:grant:*')).toBe('');
    const { events } = await lab.json<Events>('/api/events');
    expect(events.map(({ event, by }) => [event, by])).toEqual([
      ['revoked', 'knockgate console'],
      ['revoked', 'knockgate console'],
      ['opened', undefined],
      ['extended', undefined],
      ['opened', undefined],
    ]);
  });

  it('a door whose name an address has to be made of first', async () => {
    await lab.write('', "  'a/b %2F é': { sequence: '7343,6122', listen: '127.0.0.1:8992', upstream: sample }");
    process.kill(knockgate.program.pid, 'SIGHUP');
    await knockgate.waitForLog(/^config re-read/u);
    const body = { door: 'a/b %2F é', ip: IP, seconds: 60 };
    expect(await lab.json('/api/grants', { method: 'POST', body })).toMatchObject({ door: body.door });
    await lab.json(`/api/grants/${encodeURIComponent(body.door)}/${IP}`, { method: 'DELETE' });
    expect(await store.list()).toEqual([]);
  });

  it('the audit trail, filtered, page by page', async () => {
    for (let i = 0; i < 30; i += 1) await record('stage', { stage: String((i % 4) + 1), of: '4' });
    await grant('203.0.113.8', 60_000, 'SSH');
    const all: TrailEvent[] = [];
    for (let before = ''; ;) {
      const page = await lab.json<Events>(`/api/events?limit=7${before}`);
      all.push(...page.events);
      if (page.before === undefined) break;
      before = `&before=${page.before}`;
    }
    expect(all).toHaveLength(31);
    // entries of one millisecond may be of both doors
    expect(all.find(({ door }) => door === 'SSH')).toMatchObject({ event: 'opened', ttl: 60 });
    const find = async (query: string): Promise<number> =>
      (await lab.json<Events>(`/api/events?${query}`)).events.length;
    expect(await find('door=SSH')).toBe(1);
    expect(await find(`ip=${IP}&limit=100`)).toBe(30);
    expect(await find('event=opened')).toBe(1);
    expect(await find('q=TEST%3A1')).toBe(1);
    expect(await find('q=nobody')).toBe(0);
  });

  it('1,000 grants, and 100 events a second: all of them, in order, once each', async () => {
    const ips = Array.from({ length: 1000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
    await Promise.all(ips.map((ip) => grant(ip, 600_000)));
    using before = await open();
    using stream = await open();
    await vi.waitFor(async () => expect((await lab.json<State>('/api/state')).grants).toHaveLength(1000), {
      timeout: WAIT_MS,
    });
    using late = await open();
    expect((await late.until<State>('state', () => true)).grants).toHaveLength(1000);
    const numbers = Array.from({ length: 300 }, (_, i) => i);
    const lastId = (await lab.json<Events>('/api/events?limit=1')).events[0]!.id;
    for (let second = 0; second < 3; second += 1) {
      const started = performance.now();
      await Promise.all(
        numbers.slice(second * 100, second * 100 + 100).map((i) => record('note', { number: String(i) })),
      );
      await vi.waitFor(() => expect(performance.now() - started).toBeGreaterThan(1000), { timeout: WAIT_MS });
    }
    for (const each of [before, stream, late]) {
      await vi.waitFor(
        () => {
          const told = each
            .of<Changes>('changes')
            .flatMap(({ events }) => events.filter(({ event }) => event === 'note'));
          expect(told).toHaveLength(300);
        },
        { timeout: WAIT_MS, interval: 100 },
      );
      const events = each.of<Changes>('changes').flatMap((changes) => changes.events);
      const notes = events.filter(({ event }) => event === 'note');
      expect(notes.map(({ number }) => Number(number))).toEqual(numbers);
      expect(new Set(events.map(({ door, id }) => `${door} ${id}`)).size).toBe(events.length);
      expect(notes.every(({ id }) => id > lastId)).toBe(true);
    }
    await store.revoke({ door: 'HTTP', ip: ips[500]! }, 'test');
    await stream.until<Changes>('changes', ({ ended }) => ended.some(({ ip }) => ip === ips[500]));
  });

  it('a reader that does not read misses changes, and gets the state when it reads on; others are not held up', async () => {
    using slow = await open();
    using quick = await open();
    await slow.until<State>('state', () => true);
    slow.pause();
    const long = 'x'.repeat(10_000);
    for (let i = 0; i < 1000; i += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, j) => record('note', { number: String(i + j), long })));
    }
    await vi.waitFor(() => expect(quick.of<Changes>('changes').flatMap(({ events }) => events)).toHaveLength(1000), {
      timeout: WAIT_MS,
      interval: 100,
    });
    await grant();
    await quick.until<Changes>('changes', ({ grants }) => grants.length > 0);
    slow.resume();
    await slow.until<State>('state', ({ grants }) => grants.some(({ ip }) => ip === IP), WAIT_MS);
    expect(slow.of<Changes>('changes').flatMap(({ events }) => events).length).toBeLessThan(1000);
  });

  it('no more streams than a few dozen', async () => {
    const streams = await Promise.all(Array.from({ length: 32 }, () => open()));
    await expect(open()).rejects.toThrow(/: 503$/u);
    expect(await lab.ask('/api/stream', { headers: lab.bearer })).toMatchObject({
      status: 503,
      text: expect.stringContaining('too many streams'),
    });
    streams.pop()![Symbol.dispose]();
    await vi.waitFor(async () => (await open())[Symbol.dispose](), { timeout: WAIT_MS });
    for (const stream of streams) stream[Symbol.dispose]();
  });

  it('SIGHUP: other doors, on the same streams; a faulty config leaves all as it is', async () => {
    using stream = await open();
    await stream.until<State>('state', ({ doors }) => doors.length === 2);
    await lab.write('', "  NEW: { sequence: '7343,6122', listen: '127.0.0.1:8992', upstream: sample }");
    process.kill(knockgate.program.pid, 'SIGHUP');
    await stream.until<State>('state', ({ doors }) => doors.some(({ name }) => name === 'NEW'));
    await grant(IP, 59_000, 'NEW');
    await stream.until<Changes>('changes', ({ grants }) => grants.some(({ door }) => door === 'NEW'));
    await lab.write('colour: red');
    process.kill(knockgate.program.pid, 'SIGHUP');
    await knockgate.waitForLog(/^config refused/u);
    expect((await lab.json<State>('/api/state')).doors).toHaveLength(3);
    expect(stream.ended).toBe(false);
  });

  it('SIGTERM ends it though streams are open, one of them read by nobody', async () => {
    using stream = await open();
    using slow = await open();
    slow.pause();
    await knockgate.stop();
    await vi.waitFor(() => expect(stream.ended).toBe(true), { timeout: WAIT_MS });
  });

  it('readiness: who reports, how they are, and whether Redis is there', async () => {
    const expectReady = (status: number, problems: readonly unknown[]): Promise<void> =>
      vi.waitFor(
        async () => {
          const { status: is, text } = await lab.ask('/readyz');
          expect([is, JSON.parse(text)]).toEqual([status, { ready: status === 200, problems }]);
        },
        { timeout: WAIT_MS },
      );
    using stream = await open();
    await expectReady(503, [
      expect.stringMatching(/^no listener reports/u),
      expect.stringMatching(/^no gateway reports/u),
    ]);
    await Promise.all([report('listener'), report('gateway')]);
    await expectReady(200, []);
    await report('gateway', { problems: ['config refused: k.yaml:1: has no doors'] });
    await expectReady(503, ['gateway (test:1): config refused: k.yaml:1: has no doors']);
    await stream.until<Pulse>('pulse', ({ problems }) => problems.some((each) => each.includes('config refused')));
    await redis.stop('SIGKILL');
    await expectReady(503, [expect.stringMatching(/^store unreachable: /u)]);
    const { status, text } = await lab.ask('/api/grants', {
      method: 'POST',
      headers: lab.bearer,
      body: { door: 'HTTP', ip: IP },
    });
    expect([status, text]).toEqual([
      503,
      expect.stringMatching(/^\{"error":"store unreachable: [^"]+; try again"\}$/u),
    ]);
    const states = stream.of('state').length;
    await redis.start();
    await vi.waitFor(() => Promise.all([report('listener'), report('gateway')]), { timeout: WAIT_MS });
    await expectReady(200, []);
    await vi.waitFor(() => expect(stream.of('state').length).toBeGreaterThan(states), { timeout: WAIT_MS });
    await grant();
    await stream.until<Changes>('changes', ({ grants, events }) => grants.length > 0 || events.length > 0);
  });

  it('metrics of all processes, made one', async () => {
    const packets = (value: number) => ({
      name: 'knockgate_packets_seen_total',
      help: 'Packets.',
      type: 'counter',
      aggregator: 'sum',
      values: [{ value, labels: {} }],
    });
    await report('listener', { metrics: [packets(7)] });
    await report('listener', { pid: 2, metrics: [packets(5)] });
    await vi.waitFor(
      async () => {
        const { text, headers } = await lab.ask('/metrics', { headers: lab.bearer });
        expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/u);
        expect(text).toMatch(/^knockgate_packets_seen_total 12$/mu);
        expect(text).toMatch(/^knockgate_console_streams 0$/mu);
      },
      { timeout: WAIT_MS },
    );
    expect((await lab.json<State>('/api/state')).processes).toContainEqual(
      expect.objectContaining({ roles: 'console', healthy: true }),
    );
  });

  it('answers what its document says', async () => {
    await Promise.all([grant(), record('stage', { stage: '1', of: '4' }), report('listener')]);
    using stream = await open();
    await stream.until<Changes>('changes', () => true).catch(() => record('voided', { stage: '1' }));
    await record('voided', { stage: '1' });
    await stream.until<Changes>('changes', ({ attempts_ended }) => attempts_ended.length > 0);
    await stream.until<Pulse>('pulse', () => true);
    const document = await lab.json<{ openapi: string }>('/api/openapi.json');
    expect(document.openapi).toBe('3.1.0');
    const ajv = new Ajv2020({ strict: false });
    ajv.addSchema(document, 'console');
    const fits = (name: string, data: unknown): void => {
      const valid = ajv.getSchema(`console#/components/schemas/${name}`)!;
      if (valid(data) !== true) throw new Error(`${name}: ${ajv.errorsText(valid.errors)}: ${JSON.stringify(data)}`);
    };
    const body = { door: 'HTTP', ip: IP, seconds: 60 };
    fits('GrantRequest', body);
    fits('Grant', await lab.json('/api/grants', { method: 'POST', body }));
    fits('State', await lab.json('/api/state'));
    fits('Events', await lab.json('/api/events'));
    for (const [path, name] of [
      ['/healthz', 'Health'],
      ['/readyz', 'Readiness'],
      ['/nothing', 'Error'],
      ['/api/state', 'Error'],
    ]) {
      fits(name!, JSON.parse((await lab.ask(path!)).text));
    }
    for (const data of stream.of('state')) fits('State', data);
    for (const data of stream.of('changes')) fits('Changes', data);
    for (const data of stream.of('pulse')) fits('Pulse', data);
    expect(() => fits('Grant', { door: 'HTTP' })).toThrow(/required/u);
  });
});
