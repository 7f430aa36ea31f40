/** One value a round of each, in turn, every other round in reverse order: what drifts meanwhile is nobody's advantage. */
export async function alternate<Who extends string>(
  contenders: readonly Who[],
  rounds: number,
  measure: (who: Who) => Promise<number>,
): Promise<Readonly<Record<Who, readonly number[]>>> {
  const values = Object.fromEntries(contenders.map((who) => [who, [] as number[]])) as Record<Who, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const who of round % 2 === 0 ? contenders : contenders.toReversed()) values[who].push(await measure(who));
  }
  return values;
}
