const [quote, dot, zero] = [39, 46, 48] as const;

/** Whether a digit stands at a place. */
const isDigit = (view: DataView, at: number): boolean => {
  const digit = view.getUint8(at) - zero;
  return digit >= 0 && digit <= 9;
};

/**
 * The offset behind the plain literal that begins at `at`, before `to`: digits with at most one point between them, or a
 * string in simple quotes, in which a doubled quote stands for one. -1 where there is none, or it does not end before `to`.
 *
 * Bytes of any encoding that a server may have: none of its characters of several bytes holds one of ASCII.
 */
export function behindLiteral(view: DataView, at: number, to: number): number {
  let end = at + 1;
  if (view.getUint8(at) === quote) {
    for (; end < to; end++) {
      if (view.getUint8(end) !== quote) continue;
      if (end + 1 >= to || view.getUint8(end + 1) !== quote) return end + 1;
      end++;
    }
    return -1;
  }
  if (!isDigit(view, at)) return -1;
  while (end < to && isDigit(view, end)) end++;
  if (end + 1 < to && view.getUint8(end) === dot && isDigit(view, end + 1)) {
    for (end += 2; end < to && isDigit(view, end);) end++;
  }
  return end;
}
