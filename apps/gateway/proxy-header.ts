import { type Address, addressToBytes, formatAddress, isIPv4, parseAddress } from '#address';

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

/** Who speaks with whom, as the first proxy of a chain sees it. */
export interface ProxyRoute {
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** What each header of version 2 begins with. */
export const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** Version 2, command PROXY. */
export const V2_PROXY = 0x21;
/** AF_INET and AF_INET6, each with SOCK_STREAM. */
export const V2_TCP = { 4: 0x11, 6: 0x21 } as const;
/** Offsets in a header of version 2. */
export const V2_AT = { command: 12, family: 13, length: 14, addresses: 16 } as const;
/** Bytes of one address, of one port. */
export const ADDRESS_BYTES = { 4: 4, 6: 16 } as const;
export const PORT_BYTES = 2;

interface Parts {
  readonly family: 4 | 6;
  readonly addresses: readonly [Address, Address];
  readonly ports: readonly [number, number];
}

/**
 * The header ahead of a relayed connection ("The PROXY protocol", versions 1 and 2, haproxy.org; 2.1 and 2.2). It has one
 * family for both ends, so where they differ the IPv4 one is v4-mapped. @throws for what is no IP address
 */
export function proxyHeader(version: 'v1' | 'v2', { source, destination }: ProxyRoute): Buffer {
  const addresses = [address(source), address(destination)] as const;
  const family = addresses.every(isIPv4) ? 4 : 6;
  const parts = { family, addresses, ports: [source.port, destination.port] } as const;
  return version === 'v1' ? text(parts) : binary(parts);
}

function address({ ip }: Endpoint): Address {
  const parsed = parseAddress(ip);
  if (parsed === undefined) throw new TypeError('a PROXY header wants IP addresses');
  return parsed;
}

function text({ family, addresses, ports }: Parts): Buffer {
  const shown = addresses.map((each) => (family === 6 && isIPv4(each) ? mapped(each) : formatAddress(each)));
  return Buffer.from(`PROXY TCP${family} ${shown.join(' ')} ${ports.join(' ')}\r\n`, 'latin1');
}

/** In hexadecimal groups alone, which is all that version 1 knows. */
function mapped({ d }: Address): string {
  return `::ffff:${(d >>> 16).toString(16)}:${(d & 0xffff).toString(16)}`;
}

function binary({ family, addresses, ports }: Parts): Buffer {
  const size = ADDRESS_BYTES[family];
  const length = 2 * (size + PORT_BYTES);
  const header = Buffer.alloc(V2_AT.addresses + length);
  V2_SIGNATURE.copy(header);
  header.writeUInt8(V2_PROXY, V2_AT.command);
  header.writeUInt8(V2_TCP[family], V2_AT.family);
  header.writeUInt16BE(length, V2_AT.length);
  for (const [i, each] of addresses.entries()) {
    header.set(addressToBytes(each).subarray(-size), V2_AT.addresses + i * size);
    header.writeUInt16BE(ports[i]!, V2_AT.addresses + 2 * size + i * PORT_BYTES);
  }
  return header;
}
