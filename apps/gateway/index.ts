// The gateway: opens the public ports, and lets nothing through but what has a live grant.
export { ListenFailed } from './door-server.js';
export { FastifyFront } from './fastify-front.js';
export { GatewayModule } from './gateway.module.js';
export { Gateway } from './gateway.js';
