/**
 * The number, of 65,521, that stands for a source where packets of it have been lost: what is known of a flood's sources
 * then stays small. As loss_of in commands/attempt-4.lua. Not keyed: who can collide with a source can as well forge it.
 */
export function lossOf(ip: string): number {
  let sum = 0;
  for (let i = 0; i < ip.length; i += 1) sum = (sum * 257 + ip.charCodeAt(i)) % 65_521;
  return sum;
}
