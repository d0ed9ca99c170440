/**
 * The known word that is nearest to a mistyped one: the fewest letters inserted, left out, exchanged or swapped with
 * their neighbour; at most a third of the word, else undefined. Upper and lower case, `-` and `_` count as equal.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // A longer word is no typing mistake, and the distance costs length times length.
  if (word.length > 64) return undefined;
  const plain = fold(word);
  const [best] = known
    .map((candidate) => ({ candidate, distance: editDistance(plain, fold(candidate)) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

const fold = (word: string): string => word.toLowerCase().replace(/-/g, '_');

/** Optimal string alignment: insertions, deletions, exchanges and swaps of neighbours cost 1 each. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const exchange = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(exchange, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (i > 1 && j > 1 && swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}
