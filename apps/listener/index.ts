// The listener: hears knocks, writes grants, and never sends a packet.
export { CaptureDenied, CaptureRefused } from './capture.js';
export { JournalUnreadable } from './command-journal.js';
export { CommandRunner } from './command-runner.js';
export { KnockListener } from './knock-listener.js';
export { ListenerModule } from './listener.module.js';
export { servedPorts } from './served-ports.js';
