import { describe, expect, it } from 'vitest';
import { HISTORY_S, type RatesHistory, addRates, historyColumns } from './rates-history.js';

const at = (second: number, knocks = 1) => ({ at_ms: second * 1000, knocks, opened: 2, denied: 3 });
const seconds = (history: RatesHistory) => history.map(({ at_ms: ms }) => ms / 1000);

describe('addRates', () => {
  it('adds a second', () => {
    expect(addRates([at(100)], [at(101, 5)])).toEqual([at(100), at(101, 5)]);
    expect(addRates([at(100)], [])).toEqual([at(100)]);
  });

  it('forgets what is over 10 minutes old', () => {
    let history: RatesHistory = [];
    for (let second = 0; second < 2 * HISTORY_S; second += 1) history = addRates(history, [at(second)]);
    expect(history).toHaveLength(HISTORY_S + 1);
    expect([seconds(history)[0], seconds(history).at(-1)]).toEqual([HISTORY_S - 1, 2 * HISTORY_S - 1]);
  });

  it('takes what the console tells of the past, and keeps what it does not know', () => {
    expect(addRates([at(100), at(101), at(102)], [at(102, 7), at(103)])).toEqual([
      at(100),
      at(101),
      at(102, 7),
      at(103),
    ]);
  });

  it('goes one way only when the clock was put back', () => {
    expect(addRates([at(100), at(101)], [at(90)])).toEqual([at(90)]);
  });
});

describe('historyColumns', () => {
  it('has a column each', () => {
    expect(historyColumns([at(1), at(2, 5)], ['denied', 'knocks'])).toEqual([
      [1, 2],
      [3, 3],
      [1, 5],
    ]);
  });

  it('leaves a gap where no pulse came', () => {
    expect(historyColumns([at(100), at(110)], ['knocks'])).toEqual([
      [100, 101, 110],
      [1, null, 1],
    ]);
  });
});
