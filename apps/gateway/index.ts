// The gateway: opens the public ports, and lets nothing through but what has a live grant.
export { AskedRevocation } from './asked-revocation.js';
export { DoorPort } from './door-port.js';
export { ListenFailed } from './door-server.js';
export { FastifyFront } from './fastify-front.js';
export { GatewayModule } from './gateway.module.js';
export { Gateway } from './gateway.js';
export { CoverModule } from './cover.module.js';
export { type CoverOptions, HideUnavailable, Hiding } from './hiding.js';
export { proxied } from './proxied.js';
export type { Asked, FromWorker, ToWorker } from './worker-message.js';
export { WorkerModule } from './worker.module.js';
export { WorkerPool, WorkersFailed } from './worker-pool.js';
export { Worker } from './worker.js';
