// The listener: hears knocks, writes grants, and never sends a packet.
export { KnockListener } from './knock-listener.js';
export { ListenerModule } from './listener.module.js';
export { CaptureDenied } from './raw-capture.js';
