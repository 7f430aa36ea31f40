import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSettings, type Settings } from '#config';
import { MemoryGrantStore } from '#grants';
import { Heartbeat, ProcessReporter } from '#runtime';
import { EventLog, Metrics } from '#telemetry';
import { ConnectionRegistry } from './connection-registry.js';
import { Gate } from './gate.js';
import { Hiding } from './hiding.js';

const IP = '203.0.113.7';
const CONFIG = `
doors:
  ASKED: { sequence: '7001', listen: 8001, upstream: sample, hide: reset, status: on }
  UNFOLLOWED: { sequence: '7002', listen: 8002, upstream: sample, hide: reset, status: on }
  SILENT: { sequence: '7003', listen: 8003, upstream: sample, hide: reset }
`;

describe('Gate: a client ends its own grant', () => {
  let store: MemoryGrantStore;
  let gate: Gate;
  beforeEach(async () => {
    const settings = read(CONFIG);
    const log = new EventLog('error', new Writable({ write: (_line, _encoding, done) => done() }));
    store = new MemoryGrantStore(100);
    const metrics = new Metrics();
    const reporter = new ProcessReporter({ roles: ['gateway'], version: '0.0.0' }, store, metrics, log);
    const heartbeat = new Heartbeat(settings, store, log, reporter, metrics);
    gate = new Gate(settings, store, Hiding.take(settings), log, heartbeat, new ConnectionRegistry(), metrics);
    gate.follow(settings.doors.filter(({ name }) => name !== 'UNFOLLOWED'));
    for (const { name: door } of settings.doors) {
      await store.grant({ door, ip: IP, ttlMs: 60_000, method: 'knock', listener: 'test:1' });
    }
  });
  afterEach(async () => {
    gate.close();
    await store.close();
  });

  const revoke = async (door: string, ip: string) => {
    const done = await gate.revoke({ door, ip });
    const doors = (await store.list()).map((grant) => grant.door);
    return { done, doors };
  };

  it('at this door only, and the audit trail says whose wish it was', async () => {
    expect(gate.leftMs({ door: 'ASKED', ip: IP })).toBeGreaterThan(0);
    expect(await revoke('ASKED', IP)).toEqual({ done: true, doors: ['UNFOLLOWED', 'SILENT'] });
    expect(gate.leftMs({ door: 'ASKED', ip: IP })).toBe(0);
    expect(await store.events('ASKED', 1)).toEqual([
      expect.objectContaining({ event: 'revoked', ip: IP, by: 'the client' }),
    ]);
  });

  it.each([
    ['SILENT', IP],
    ['UNFOLLOWED', IP],
    ['NO-DOOR', IP],
    ['__proto__', IP],
    ['ASKED', '203.0.113.8'],
    ['ASKED', '*'],
    ['ASKED', ''],
  ])('a worker that asks for %s, %j asks in vain', async (door, ip) => {
    expect(await revoke(door, ip)).toEqual({ done: false, doors: ['ASKED', 'UNFOLLOWED', 'SILENT'] });
  });
});

describe('Gate: a store that was silent', () => {
  it('is asked for a snapshot at once, so that doors open with its first word', async () => {
    const settings = read(CONFIG.replace('doors:', 'store_max_stale: 1s\ndoors:'));
    const said: string[] = [];
    const write = (line: Buffer, _encoding: string, done: () => void): void => {
      said.push(String(line));
      done();
    };
    const log = new EventLog('error', new Writable({ write }));
    const store = new MemoryGrantStore(100);
    const metrics = new Metrics();
    const reporter = new ProcessReporter({ roles: ['gateway'], version: '0.0.0' }, store, metrics, log);
    const heartbeat = new Heartbeat(settings, store, log, reporter, metrics); // it does not beat here
    const gate = new Gate(settings, store, Hiding.take(settings), log, heartbeat, new ConnectionRegistry(), metrics);
    await store.grant({ door: 'ASKED', ip: IP, ttlMs: 60_000, method: 'knock', listener: 'test:1' });
    gate.follow(settings.doors);
    await vi.waitFor(() => expect(said.join('')).toContain('store_stale'), { timeout: 10_000 });
    await vi.waitFor(() => expect(gate.leftMs({ door: 'ASKED', ip: IP })).toBeGreaterThan(0), { timeout: 10_000 });
    gate.close();
    await store.close();
  });
});

function read(yaml: string): Settings {
  const cwd = mkdtempSync(join(tmpdir(), 'knockgate-'));
  try {
    writeFileSync(join(cwd, 'knockgate.yaml'), yaml);
    const loaded = loadSettings({ configFile: 'knockgate.yaml', env: {}, cwd });
    if (loaded.kind === 'faults') throw new Error(JSON.stringify(loaded.faults));
    return loaded.settings;
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
