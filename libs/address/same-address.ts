import type { Address } from './address.js';

/** Equality by value. */
export function sameAddress(x: Address, y: Address): boolean {
  return x.d === y.d && x.c === y.c && x.b === y.b && x.a === y.a;
}
