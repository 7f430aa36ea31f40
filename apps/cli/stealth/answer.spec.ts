import { describe, expect, it } from 'vitest';
import { TcpFlag } from '#wire';
import { buildPacket } from '../../../libs/wire/build-packet.fixture.js';
import { answerIn } from './answer.js';

const { RST, ACK } = TcpFlag;
const ADDRESSES = { 4: ['192.0.2.1', '192.0.2.2'], 6: ['2001:db8::1', '2001:db8::2'] } as const;
const rst = (family: 4 | 6, port: number, more: object = {}): Uint8Array => {
  const [source, destination] = ADDRESSES[family];
  const packet = { protocol: 'tcp', source, destination, sourcePort: port, destinationPort: 20_001 } as const;
  return buildPacket({ ...packet, flags: RST | ACK, window: 0, ...more });
};

describe('answerIn', () => {
  it.each([4, 6] as const)('IPv%i: of two ports alike, but for what must differ', (family) => {
    const [one, other] = [answerIn(rst(family, 80))!, answerIn(rst(family, 81))!];
    expect(one).toMatchObject({ askedPort: 80, fromPort: 20_001, words: 'RST+ACK, ttl 64, window 0' });
    expect(other).toMatchObject({ askedPort: 81, shape: one.shape });
  });

  it.each([{ hops: 63 }, { window: 1 }, { flags: RST }, { sequence: 7 }, { trafficClass: 4 }])('sees %j', (more) => {
    expect(answerIn(rst(4, 80, more))!.shape).not.toBe(answerIn(rst(4, 80))!.shape);
  });

  it('reads which port an ICMP is about', () => {
    const quoted = buildPacket({
      protocol: 'udp',
      source: '192.0.2.2',
      destination: '192.0.2.1',
      sourcePort: 20_002,
      destinationPort: 53,
    });
    const icmp = [3, 3, 0xab, 0xcd, 0, 0, 0, 0, ...quoted];
    const ip = Uint8Array.from(rst(4, 80)).subarray(0, 20);
    ip[9] = 1;
    const answer = answerIn(Uint8Array.from([...ip, ...icmp]));
    expect(answer).toMatchObject({ askedPort: 53, fromPort: 20_002, words: 'ICMP unreachable (code 3), ttl 64' });
  });

  it('takes nothing for an answer that is too short, and never throws', () => {
    for (const family of [4, 6] as const) {
      const whole = rst(family, 80);
      for (let length = 0; length < whole.length; length += 1)
        expect(answerIn(whole.subarray(0, length))).toBeUndefined();
    }
    expect(answerIn(Uint8Array.of(0x4f, ...Array<number>(40).fill(1)))).toBeUndefined();
  });
});
