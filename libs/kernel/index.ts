// The only place that speaks to the kernel past Node's own API: packet sockets, socket filters and options.
export { keepFromChildren } from './keep-from-children.js';
export { type NetworkInterface, networkInterface } from './network-interface.js';
export { type PacketFilter, packetFilterProgram, packetSocketProgram } from './packet-filter.js';
export { PacketSocket, type PacketSocketOptions } from './packet-socket.js';
export { attachFilter, bindToDevice, droppedPackets, type OptionSocket, setReceiveBuffer } from './socket-options.js';
export { rawRefused } from './open-raw.js';
export { clockSynchronised } from './clock-synchronised.js';
export { ProbeSocket } from './probe-socket.js';
export { UnixDatagram } from './unix-datagram.js';
export { bindFault } from './bind-fault.js';
export { bpfUnsupported } from './bpf.js';
export type { DoorTerms } from './gate-entries.js';
export type { HiddenSocket, HidingPlace } from './hidden-sockets.js';
export { type GateRights, KernelGate } from './kernel-gate.js';
export {
  type Capability,
  closeToOwnUser,
  dieWithParent,
  giveUpRights,
  hasCapability,
  limitChildren,
  threadsWithRights,
  withoutRights,
} from './rights.js';
export { sendNow } from './send-now.js';
export { wasReset } from './was-reset.js';
export { bindTcp, closeSocket, familyOf, letOthersAccept, listenTcp, stopListening } from './tcp-socket.js';
