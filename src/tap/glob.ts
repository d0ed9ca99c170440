/**
 * A predicate for patterns in which `*` stands for any text and `?` for one character. No pattern at all selects
 * everything. Linear in pattern times text: it never backtracks further than its last star.
 */
export function glob(patterns: readonly string[]): (text: string) => boolean {
  if (patterns.length === 0) return () => true;
  return (text) => patterns.some((pattern) => matches(pattern, text));
}

function matches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
