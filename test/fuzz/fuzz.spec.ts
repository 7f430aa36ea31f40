import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readCorpus } from './corpus.js';
import { fuzz } from './fuzz.js';
import { minimise } from './minimise.js';
import { planted } from './planted.fixture.js';
import { TARGETS } from './targets.js';

const CORPUS = fileURLToPath(new URL('corpus', import.meta.url));
/** Mutations beyond the corpus; `npm run fuzz` goes on for as long as it is told. */
const RUNS = 300;

describe.each(TARGETS)('$name', (target) => {
  it('holds for its corpus, and some way beyond', { timeout: 15000 }, async () => {
    const corpus = readCorpus(CORPUS, target);
    const { crash, runs } = await fuzz(target, { corpus, seed: 1, goOn: (done) => done < corpus.length + RUNS });
    await target.close?.();
    expect(crash && { input: crash.input.toString('latin1'), error: crash.error }).toBeUndefined();
    expect(runs).toBeGreaterThan(RUNS);
  });
});

describe('the fuzzer', () => {
  const options = { corpus: [Buffer.from('abc')], goOn: (runs: number) => runs < 500_000 };

  it('gets to a fault behind one condition after the other, and makes its input small', async () => {
    const { crash } = await fuzz(planted, { ...options, seed: 1 });
    expect(crash?.error.message).toBe('found');
    expect(crash?.input.toString()).toBe('FUZ!');
  });

  it('does the same again with the same seed', async () => {
    const runs = [];
    for (const seed of [7, 7, 8]) runs.push(await fuzz(planted, { ...options, seed, goOn: (done) => done < 5000 }));
    const [one, same, other] = runs.map(({ found }) => found.map(String));
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('makes an input as small as it may be', async () => {
    const smallest = await minimise(Buffer.from('xxaxxxxbxxc'), (input) =>
      Promise.resolve(/a.*b.*c/u.test(String(input))),
    );
    expect(String(smallest)).toBe('abc');
  });
});
