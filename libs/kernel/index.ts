// The only place that speaks to the kernel past Node's own API: socket filters and options.
export { type PacketFilter, packetFilterProgram } from './packet-filter.js';
export { UnixDatagram } from './unix-datagram.js';
export { attachFilter, droppedPackets, type OptionSocket, setReceiveBuffer } from './socket-options.js';
