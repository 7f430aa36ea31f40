import { expect, it } from 'vitest';
import { judgeCapture } from './check-capture.js';

const DEAF = { capture: 'raw', warning: { event: 'firewall_deafens' } } as const;

it.each([
  [{ capture: 'packet' }, { state: 'ok', what: 'mode packet' }],
  [
    { capture: 'raw', because: 'as it can' },
    { state: 'ok', what: 'mode raw, as it can' },
  ],
  [{ capture: 'raw', warning: { event: 'capture_unsure', reason: 'no nft' } }, { state: 'skipped' }],
  [DEAF, { state: 'fault', cure: "sudo sed -i 's/capture: raw/capture: packet/' '/etc/a b.yaml'" }],
] as const)('judgeCapture: %j', (choice, finding) => {
  expect(judgeCapture(choice, { files: ['/etc/knockd.conf', '/etc/a b.yaml'] })).toMatchObject(finding);
});

it('without a knockgate.yaml there is none to change', () => {
  const finding = judgeCapture(DEAF, { files: ['/etc/knockd.conf'] });
  expect(finding).toMatchObject({ state: 'fault', cure: expect.stringContaining('in a knockgate.yaml') as string });
});
