// One way to write each number. inet_aton also takes octal, hexadecimal and short forms ("010.1"), and two parsers that
// disagree on an address are a way round an allow list.
const SHORTEST = '0.0.0.0'.length;
const LONGEST = '255.255.255.255'.length;
const DOTS = 3;
const MAX_OCTET = 0xff;
const ZERO = 0x30;
const DOT = 0x2e;

/**
 * Strict dotted decimal (RFC 6943, 3.1.1) as an unsigned 32-bit number; anything else is undefined. Reads each character
 * once and allocates nothing: every connection's address goes through here.
 */
export function parseIPv4(text: string): number | undefined {
  if (text.length < SHORTEST || text.length > LONGEST) return undefined;
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (digits === 0 || (dots += 1) > DOTS) return undefined;
      value = (value << 8) | octet;
      octet = digits = 0;
    } else {
      const digit = code - ZERO;
      if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return undefined; // no digit, or after a leading zero
      octet = octet * 10 + digit;
      if (octet > MAX_OCTET) return undefined;
      digits += 1;
    }
  }
  return dots === DOTS && digits > 0 ? ((value << 8) | octet) >>> 0 : undefined;
}
