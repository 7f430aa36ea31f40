import type { Host } from './host.js';
import { macOf } from './send-frames.js';

/** What libs/kernel/raw-link.fixture.mjs is made with. */
export interface LinkSettings {
  readonly interfaceIndex: number;
  readonly sourceMac: string;
  readonly destinationMac: string;
  readonly destination: string;
}

/** Of frames from one host to another on the same link. */
export async function linkSettings(from: Host, to: Host): Promise<LinkSettings> {
  const index = await from.run('cat', [`/sys/class/net/${from.interface}/ifindex`]);
  const [source, destination] = [await macOf(from), await macOf(to)];
  return {
    interfaceIndex: Number(index.stdout),
    sourceMac: source.toString('hex'),
    destinationMac: destination.toString('hex'),
    destination: to.address,
  };
}
