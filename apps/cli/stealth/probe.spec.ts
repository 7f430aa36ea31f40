import { describe, expect, it } from 'vitest';
import { parseAddress } from '#address';
import { buildPacket } from '../../../libs/wire/build-packet.fixture.js';
import { probeBytes, PROBES } from './probe.js';

const [source, target] = ['192.0.2.1', '192.0.2.99'];
const WAY = { source: parseAddress(source)!, target: parseAddress(target)!, sourcePort: 20_001, targetPort: 80 };
const IPV4_BYTES = 20;

describe('probeBytes', () => {
  it.each(PROBES.filter(({ protocol }) => protocol === 'tcp'))('$name: as the fixture builds it', (probe) => {
    const acknowledgement = (probe.flags & 0x10) === 0 ? 0 : 0x5eed;
    const payload = Array<number>(probe.payload).fill(0);
    const ports = { sourcePort: 20_001, destinationPort: 80 };
    const header = { flags: probe.flags, sequence: 0x5eed, acknowledgement, window: 1024 };
    const packet = buildPacket({ protocol: 'tcp', source, destination: target, ...ports, ...header, payload });
    expect(Buffer.from(probeBytes(probe, WAY)).toString('hex')).toBe(
      Buffer.from(packet.subarray(IPV4_BYTES)).toString('hex'),
    );
  });
});
