// The listener: hears knocks, writes grants, and never sends a packet.
export { bridgeGateway } from './bridge-gateway.js';
export { CaptureDenied, CaptureRefused, deafOn, RECEIVE_BUFFER_BYTES } from './capture.js';
export { type CaptureChoice, chooseCapture, remoteInterfaces } from './choose-capture.js';
export { JournalUnreadable } from './command-journal.js';
export { CommandRunner } from './command-runner.js';
export { askFirewallTool, type Firewall, readFirewall } from './firewall/read-firewall.js';
export { wouldDrop } from './firewall/would-drop.js';
export { KnockListener } from './knock-listener.js';
export { ListenerModule } from './listener.module.js';
export { hasRawSocket } from './load-raw-socket.js';
export { servedPorts } from './served-ports.js';
export type { SourcesAnswer, WhyAnswer, WhyDoor, WhyEntry, WhyListener, WhyVerdict } from './why-answer.js';
