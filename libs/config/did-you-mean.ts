const MAX_LENGTH = 40;

/** The known word that is this one or, ignoring case, the closest to it; undefined if none is close. */
export function didYouMean<K extends string>(word: string, known: readonly K[]): K | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const limit = word.length <= 4 ? 1 : 2;
  const [best] = known
    .map((candidate) => ({ candidate, edits: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .toSorted((x, y) => x.edits - y.edits);
  return best?.candidate;
}

/** Levenshtein distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let index = 0; index < from.length; index += 1) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const substitution = row[column - 1]! + (to[column - 1] === from[index] ? 0 : 1);
      next.push(Math.min(substitution, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
