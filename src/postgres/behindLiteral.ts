const [quote, dot, zero] = [39, 46, 48] as const;

const isDigit = (code: number | undefined): boolean =>
  code !== undefined && code >= zero && code < zero + 10;

/**
 * The offset behind the plain literal that begins at `at`: digits with at most one point between them, or a string in
 * simple quotes, in which a doubled quote stands for one. -1 where there is none, or it does not end before `to`.
 *
 * Bytes of any encoding that a server may have: none of its characters of several bytes holds one of ASCII.
 */
export function behindLiteral(bytes: Uint8Array, at: number, to: number): number {
  let end = at + 1;
  if (bytes[at] === quote) {
    for (; end < to; end++) {
      if (bytes[end] !== quote) continue;
      if (end + 1 >= to || bytes[end + 1] !== quote) return end + 1;
      end++;
    }
    return -1;
  }
  if (!isDigit(bytes[at])) return -1;
  while (end < to && isDigit(bytes[end])) end++;
  if (bytes[end] === dot && end + 1 < to && isDigit(bytes[end + 1])) {
    for (end += 2; end < to && isDigit(bytes[end]);) end++;
  }
  return end;
}
