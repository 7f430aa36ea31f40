import { expect, it } from 'vitest';
import { costTable } from './cost-table.js';

const full = { userUs: 200, systemUs: 100, measuredBusy: 0.99, restBusy: 0.5 };

it('shows the median of what each request cost, and whom the load held back', () => {
  const held = { userUs: 5, systemUs: 40, measuredBusy: 0.7, restBusy: 1 };
  const text = costTable(
    new Map([
      ['knockgate', [full, { ...full, userUs: 220 }, { ...full, userUs: 210 }]],
      ['HAProxy', [held]],
    ]),
  );
  expect(text).toContain('| knockgate | 210 | 100 | 99 % | 50 % |');
  expect(text).toContain('With room left on its core: HAProxy.');
});

it('says that nobody was held back', () => {
  expect(costTable(new Map([['knockgate', [full]]]))).toContain('Each of them had its core full.');
});
