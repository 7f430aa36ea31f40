import type { Answer } from './answer.js';

/** What came back for one probe from the hidden port, and from two ports at which nothing listens. */
export interface Answers {
  readonly hidden: readonly Answer[];
  readonly empty: readonly [readonly Answer[], readonly Answer[]];
}

export type Verdict =
  | { readonly kind: 'alike' | 'apart'; readonly hidden: string; readonly empty: string }
  /** The two empty ones do not answer alike, so nothing can be learnt by comparing. */
  | { readonly kind: 'unsure'; readonly empty: readonly [string, string] };

const SILENCE = 'silence';

/** Whether the hidden port shows itself. */
export function compareAnswers({ hidden, empty: [one, other] }: Answers): Verdict {
  if (shapesOf(one) !== shapesOf(other)) return { kind: 'unsure', empty: [wordsOf(one), wordsOf(other)] };
  const words = { hidden: wordsOf(hidden), empty: wordsOf(one) };
  if (shapesOf(hidden) === shapesOf(one)) return { kind: 'alike', ...words };
  const byte = words.hidden === words.empty ? ` (byte ${differsAt(shapesOf(hidden), shapesOf(one))} differs)` : '';
  return { kind: 'apart', hidden: `${words.hidden}${byte}`, empty: words.empty };
}

function shapesOf(answers: readonly Answer[]): string {
  return answers.map(({ shape }) => shape).join(' ');
}

function wordsOf(answers: readonly Answer[]): string {
  return answers.length === 0 ? SILENCE : answers.map(({ words }) => words).join('; ');
}

/** In hex, two digits are a byte. */
function differsAt(x: string, y: string): number {
  return Array.from(x).findIndex((digit, i) => digit !== y[i]) >> 1;
}
