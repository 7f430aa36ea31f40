// The gateway: opens the public ports, and lets nothing through but what has a live grant.
export { DoorPort } from './door-port.js';
export { ListenFailed } from './door-server.js';
export { FastifyFront } from './fastify-front.js';
export { GatewayModule } from './gateway.module.js';
export { Gateway } from './gateway.js';
export { HideUnavailable, Hiding } from './hiding.js';
