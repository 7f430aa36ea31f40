import { describe, expect, it } from 'vitest';
import type { Settings } from '#config';
import { judgePublished } from './check-docker.js';

const DOOR = {
  name: 'HTTP',
  listen: [{ host: '0.0.0.0', port: 80 }],
  sequence: [
    { port: 7001, protocol: 'tcp' },
    { port: 7002, protocol: 'udp' },
  ],
};
const settings = { doors: [DOOR] } as unknown as Settings;

describe('judgePublished', () => {
  it.each([
    ['tcp', 80, ['fault']],
    ['udp', 80, []],
    ['tcp', 7001, ['warning']],
    ['udp', 7001, []],
    ['udp', 7002, ['warning']],
    ['tcp', 8080, []],
  ] as const)('%s port %i', (protocol, port, states) => {
    const found = judgePublished(settings, [{ protocol, port, to: '172.17.0.2:5' }]);
    expect(found.map(({ state }) => state)).toEqual(states);
    expect(JSON.stringify(found)).not.toMatch(/700[12]/u);
  });
});
