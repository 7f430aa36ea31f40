// node time-decisions.child.mjs GRANTS DECISIONS: the built gateway's gate, asked as at accept; a line a round, nanoseconds for each decision.
import { ConnectionRegistry } from '../../dist/apps/gateway/connection-registry.js';
import { Gate } from '../../dist/apps/gateway/gate.js';
import { Hiding } from '../../dist/apps/gateway/hiding.js';
import { canonicalAddress } from '../../dist/libs/address/index.js';
import { MemoryGrantStore } from '../../dist/libs/grants/index.js';
import { EventLog, Metrics } from '../../dist/libs/telemetry/index.js';

const DOOR = 'HTTP';
const ROUNDS = 7; // the first two are for the compiler
const WARM = 2;
const STEP = 7919; // a prime: no two decisions in a row are about neighbours
const [grants, decisions] = process.argv.slice(2).map(Number);

// texts in one piece, as they come from Redis and from a socket
const flat = (text) => Buffer.from(text).toString();
const ip = (i) => flat(`10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`);

const store = new MemoryGrantStore(1);
for (let i = 0; i < grants; i += 1) {
  await store.grant({ door: DOOR, ip: ip(i), ttlMs: 3_600_000, method: 'knock', listener: 'bench' });
}
const door = { name: DOOR, hide: 'reset', trustedProxies: [], onExpiry: 'cut' };
const hiding = Hiding.take({ doors: [door], limits: { grants } });
const [log, heartbeat] = [new EventLog('error'), { watch: () => {} }];
const settings = { storeMaxStaleMs: 600_000 };
const gate = new Gate(settings, store, hiding, log, heartbeat, new ConnectionRegistry(), new Metrics());
gate.follow([door]);
gate.heard();

// As Node says it of a client of a dual-stack socket, and each second one has no grant.
const clients = Array.from({ length: 2 * grants }, (_, i) => flat(`::ffff:${ip(i)}`));
for (let round = 0; round < ROUNDS; round += 1) {
  let allowed = 0;
  const start = process.hrtime.bigint();
  for (let i = 0, at = 0; i < decisions; i += 1) {
    if (gate.allows({ door: DOOR, ip: canonicalAddress(clients[at]) })) allowed += 1;
    at += STEP;
    if (at >= clients.length) at -= clients.length;
  }
  const ns = Number(process.hrtime.bigint() - start) / decisions;
  // what was counted is used, so the compiler cannot leave the decisions out
  if (Math.abs(allowed / decisions - 0.5) > 0.05) throw new Error(`${allowed} of ${decisions} allowed`);
  if (round >= WARM) process.stdout.write(`${ns}\n`);
}
process.exit(0);
