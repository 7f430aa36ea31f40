import { libc, systemError } from './libc.js';

/** struct timex on 64-bit machines (adjtimex(2)); all zeros ask and change nothing. */
const TIMEX = { bytes: 208, status: 40 } as const;
const STA_UNSYNC = 0x40; // linux/timex.h

/** Whether something keeps this host's clock right, NTP most often, by what the kernel was told. @throws the system's error */
export function clockSynchronised(): boolean {
  const timex = Buffer.alloc(TIMEX.bytes);
  if (libc.adjtimex(timex) < 0) throw systemError('adjtimex');
  return (timex.readInt32LE(TIMEX.status) & STA_UNSYNC) === 0;
}
