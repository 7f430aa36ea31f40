import { attempt } from './attempt.mjs';

/** One SYN that a closed port answers; a lost one is repeated by the kernel after a second. */
const KNOCK_WITHIN_MS = 3000;

/** Knocks at the ports in their order, each when the one before has been answered: so none overtakes another. */
export async function knock({ host, source, sequence }) {
  for (const port of sequence) {
    const { socket } = await attempt({ host, port, source, withinMs: KNOCK_WITHIN_MS });
    socket?.destroy();
  }
}
