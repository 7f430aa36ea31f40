import { BpfAssembler, FRAME } from './bpf-assembler.js';
import { HELPER } from './bpf.js';
import { ANY_DOOR, KEY, LISTEN, type MapName, NO_DOOR, PROXY_KEY } from './gate-layout.js';

/** The descriptors of the maps. Without `sockets` nothing is steered. */
export type MapFds = Readonly<Record<Exclude<MapName, 'sockets'>, number>> & { readonly sockets: number | undefined };

/** struct bpf_sk_lookup (linux/bpf.h) */
const LOOKUP = { family: 8, protocol: 12, remote4: 16, remote6: 20, local4: 40, local6: 44, localPort: 60 } as const;
/** struct __sk_buff and struct bpf_sock */
const SKB_SOCKET = 168;
const SOCKET_STATE = 72;
const HDR_START_NET = 1; // bpf_skb_load_bytes_relative: offsets count from the IP header
const IPV4 = { source: 12, destination: 16 } as const; // RFC 791
const IPV6 = { source: 8, destination: 24 } as const; // RFC 8200
const TCP_DESTINATION_PORT = 2; // RFC 9293; a socket filter's packet starts at the TCP header

const AF_INET6 = 10;
const IPPROTO_TCP = 6;
const TCP_LISTEN = 10;
const SK = { drop: 0, pass: 1 } as const;
const WHOLE_PACKET = -1;

/** The frame, from its end down. */
const STACK = { source: -24, local: -48, wildcard: -72, proxy: -96, slot: -104, drain: -108, scratch: -112 } as const;

/**
 * For each new connection to this network namespace, before the kernel looks for a listening socket: hands those of
 * sources with a live grant to the door's socket, and keeps from the others what they must not find. Whoever has no
 * grant at all takes the same way through here for every port, hidden, closed or open, and whoever has one elsewhere has
 * as much looked up: no port is to be told by its time. What a drop spares the kernel can be (docs/benchmarks.md).
 */
export function lookupProgram(maps: MapFds): Buffer {
  const asm = new BpfAssembler();
  asm.move(6, 1);
  asm.load(2, 6, { offset: LOOKUP.protocol, size: 4 }).jumpUnless(2, IPPROTO_TCP, 'pass');
  lookupKeys(asm);
  asm.storeConstant(STACK.source + KEY.number, ANY_DOOR, 4);
  jumpUnlessLive(asm, maps, 'deny');
  asm.storeConstant(STACK.source + KEY.number, NO_DOOR, 4);
  findListen(asm, maps, 'judge');
  asm.label('judge');
  jumpUnlessLive(asm, maps, 'deny'); // at a port of no door for the time that it takes
  asm.jumpIf(8, 0, 'deny').load(2, 8, { offset: LISTEN.slot, size: 4 }).store(STACK.slot, 2, 4);
  if (maps.sockets !== undefined) steer(asm, maps.sockets);
  asm.label('pass').answer(SK.pass);
  asm.label('deny');
  find(asm, maps.refused, STACK.local).move(7, 0);
  find(asm, maps.refused, STACK.wildcard).jumpUnless(7, 0, 'drop').jumpUnless(0, 0, 'drop');
  asm.answer(SK.pass);
  asm.label('drop').answer(SK.drop);
  return asm.encode();
}

/**
 * On a door's listening socket and, inherited, on its connections: drops each packet of a source without a live grant,
 * from the moment at which it ends. At a door that drains only what comes to the listening socket.
 */
export function filterProgram(maps: MapFds): Buffer {
  const asm = new BpfAssembler();
  asm.move(6, 1);
  packetKeys(asm, 'drop');
  findListen(asm, maps, 'drop');
  asm.load(2, 8, { offset: LISTEN.drain, size: 4 }).jumpIf(2, 0, 'judge');
  asm.load(2, 6, { offset: SKB_SOCKET, size: 8 }).jumpIf(2, 0, 'judge');
  asm.load(2, 2, { offset: SOCKET_STATE, size: 4 }).jumpUnless(2, TCP_LISTEN, 'keep');
  asm.label('judge');
  jumpUnlessLive(asm, maps, 'drop');
  asm.label('keep').answer(WHOLE_PACKET);
  asm.label('drop').answer(0);
  return asm.encode();
}

/** The three keys, as for IPv4: v4-mapped (RFC 4291, 2.5.5.2), with addresses of zeros. */
function emptyKeys(asm: BpfAssembler): void {
  for (const key of [STACK.source, STACK.local, STACK.wildcard]) {
    asm.storeConstant(key, 0, 8).storeConstant(key + 8, 0, 2);
    asm.storeConstant(key + 10, -1, 2).storeConstant(key + 12, 0, 4);
  }
}

function lookupKeys(asm: BpfAssembler): void {
  const word = (from: number, to: number): void => {
    asm.load(2, 6, { offset: from, size: 4 }).store(to, 2, 4);
  };
  word(LOOKUP.localPort, STACK.local + KEY.number);
  word(LOOKUP.localPort, STACK.wildcard + KEY.number);
  emptyKeys(asm);
  asm.load(2, 6, { offset: LOOKUP.family, size: 4 }).jumpIf(2, AF_INET6, 'ipv6');
  word(LOOKUP.remote4, STACK.source + 12);
  word(LOOKUP.local4, STACK.local + 12);
  asm.jump('keys').label('ipv6');
  for (let at = 0; at < 16; at += 4) {
    word(LOOKUP.remote6 + at, STACK.source + at);
    word(LOOKUP.local6 + at, STACK.local + at);
  }
  asm.storeConstant(STACK.wildcard + 8, 0, 8).label('keys');
}

function packetKeys(asm: BpfAssembler, otherwise: string): void {
  const bytes = (from: number, to: number, length: number): void => {
    asm.move(1, 6).moveConstant(2, from).move(3, FRAME).addConstant(3, to).moveConstant(4, length);
    asm.moveConstant(5, HDR_START_NET).call(HELPER.skbLoadBytesRelative).jumpUnless(0, 0, otherwise);
  };
  asm.move(1, 6).moveConstant(2, TCP_DESTINATION_PORT).move(3, FRAME).addConstant(3, STACK.scratch);
  asm.moveConstant(4, 2).call(HELPER.skbLoadBytes).jumpUnless(0, 0, otherwise);
  asm.load(2, FRAME, { offset: STACK.scratch, size: 2 }).hostOrder16(2);
  asm.store(STACK.local + KEY.number, 2, 4).store(STACK.wildcard + KEY.number, 2, 4);
  emptyKeys(asm);
  bytes(0, STACK.scratch, 1);
  asm.load(2, FRAME, { offset: STACK.scratch, size: 1 }).shiftRight(2, 4).jumpIf(2, 6, 'ipv6');
  bytes(IPV4.source, STACK.source + 12, 4);
  bytes(IPV4.destination, STACK.local + 12, 4);
  asm.jump('keys').label('ipv6');
  bytes(IPV6.source, STACK.source, 16);
  bytes(IPV6.destination, STACK.local, 16);
  asm.storeConstant(STACK.wildcard + 8, 0, 8).label('keys');
}

/** r0 = the value, or 0 */
function find(asm: BpfAssembler, map: number, key: number): BpfAssembler {
  return asm.loadMap(1, map).move(2, FRAME).addConstant(2, key).call(HELPER.mapLookup);
}

/**
 * r8 = the LISTEN of the local address, or of all addresses, or 0; its door becomes that of the source's key. Both are
 * looked up whatever there is, for the time that it takes.
 */
function findListen(asm: BpfAssembler, { listens }: MapFds, otherwise: string): void {
  find(asm, listens, STACK.wildcard).move(8, 0);
  find(asm, listens, STACK.local).jumpIf(0, 0, 'wildcard').move(8, 0);
  asm.label('wildcard').jumpIf(8, 0, otherwise);
  asm.load(2, 8, { offset: LISTEN.door, size: 4 }).store(STACK.source + KEY.number, 2, 4);
}

/** Goes on if the source has a live grant at the door of its key, or is a proxy of that door. */
function jumpUnlessLive(asm: BpfAssembler, maps: MapFds, otherwise: string): void {
  const [proxy, live] = [asm.unique('proxy'), asm.unique('live')];
  find(asm, maps.grants, STACK.source).jumpIf(0, 0, proxy);
  asm.load(9, 0, { offset: 0, size: 8 });
  asm.storeConstant(STACK.scratch, 0, 4);
  find(asm, maps.fresh, STACK.scratch).jumpIf(0, 0, proxy);
  asm.load(7, 0, { offset: 0, size: 8 });
  asm.call(HELPER.bootTimeNs).jumpIfNotBelow(0, 9, proxy).jumpIfNotBelow(0, 7, proxy).jump(live);
  asm.label(proxy).storeConstant(STACK.proxy + PROXY_KEY.prefixLength, PROXY_KEY.doorBits + 128, 4);
  asm.load(2, FRAME, { offset: STACK.source + KEY.number, size: 4 }).store(STACK.proxy + PROXY_KEY.door, 2, 4);
  for (let at = 0; at < 16; at += 8) {
    asm.load(2, FRAME, { offset: STACK.source + at, size: 8 }).store(STACK.proxy + PROXY_KEY.address + at, 2, 8);
  }
  find(asm, maps.proxies, STACK.proxy).jumpIf(0, 0, otherwise);
  asm.label(live);
}

/** Where no socket is in the slot, the ordinary look-up finds what listens there: nothing. */
function steer(asm: BpfAssembler, sockets: number): void {
  asm.load(2, FRAME, { offset: STACK.slot, size: 4 }).jumpIf(2, 0, 'pass');
  find(asm, sockets, STACK.slot).jumpIf(0, 0, 'pass');
  asm.move(9, 0); // a referenced socket, which must be given back
  asm.move(1, 6).move(2, 0).moveConstant(3, 0).call(HELPER.skAssign);
  asm.move(1, 9).call(HELPER.skRelease);
}
