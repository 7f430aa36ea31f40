import { expect, it } from 'vitest';
import { proxyFigure } from './proxy-figure.js';

const settings = {
  name: 'tcp-requests',
  what: 'requests',
  unit: '1/s',
  values: { knockgate: [90, 100, 110], HAProxy: [100, 90, 120] },
  peers: ['HAProxy', 'nginx'] as const,
};

it('judges by the medians of ours and the first peer, and leaves out who was not measured', () => {
  const figure = proxyFigure({ ...settings, target: { text: 'at least 1 x', holds: (ratio) => ratio >= 1 } });
  expect(figure).toMatchObject({ ours: [90, 100, 110], target: { text: 'at least 1 x', met: true } });
  expect(figure.peers).toEqual([{ who: 'HAProxy tcp', values: [100, 90, 120] }]);
  const above = proxyFigure({ ...settings, target: { text: 'above', holds: (ratio) => ratio > 1 } });
  expect(above.target?.met).toBe(false);
});

it('leaves a figure without a target alone', () => {
  expect(proxyFigure(settings)).not.toHaveProperty('target');
});

it('refuses a figure without what it compares', () => {
  const target = { text: 'above', holds: () => true };
  expect(() => proxyFigure({ ...settings, peers: ['nginx'], target })).toThrow('tcp-requests: not measured');
});
