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
    expect(crash?.input.toString()).toBe('FUZ');
  });

  it('does the same again with the same seed', async () => {
    const inputsOf = async (seed: number): Promise<string[]> => {
      const inputs: string[] = [];
      const running = (input: Buffer): void => void inputs.push(input.toString('latin1'));
      await fuzz(planted, { ...options, seed, running, goOn: (done) => done < 2000 });
      return inputs;
    };
    const [one, same, other] = [await inputsOf(7), await inputsOf(7), await inputsOf(8)];
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
