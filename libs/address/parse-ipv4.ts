// One way to write each number. inet_aton also takes octal, hexadecimal and short forms ("010.1"), and two parsers that
// disagree on an address are a way round an allow list.
const OCTET = /^(?:0|[1-9][0-9]{0,2})$/;
const OCTETS = 4;
const MAX_OCTET = 0xff;

/** Strict dotted decimal (RFC 6943, 3.1.1) as an unsigned 32-bit number; anything else is undefined. */
export function parseIPv4(text: string): number | undefined {
  const octets = text.split('.');
  if (octets.length !== OCTETS) return undefined;
  let value = 0;
  for (const octet of octets) {
    if (!OCTET.test(octet) || Number(octet) > MAX_OCTET) return undefined;
    value = (value << 8) | Number(octet);
  }
  return value >>> 0;
}
