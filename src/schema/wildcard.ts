/**
 * Whether a text fits a pattern in which `*` stands for any text and `?` for one character. Linear in pattern times
 * text: it goes back no further than the last star.
 */
export function wildcard(pattern: string, text: string): boolean {
  let at = 0;
  let of = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (pattern[of] === '*') {
      star = of++;
      resume = at;
    } else if (of < pattern.length && (pattern[of] === '?' || pattern[of] === text[at])) {
      of++;
      at++;
    } else if (star >= 0) {
      of = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[of] === '*') of++;
  return of === pattern.length;
}
