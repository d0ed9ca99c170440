/** What an escape of `log_line_prefix` writes. */
export type Escape =
  | 'a'
  | 'u'
  | 'd'
  | 'r'
  | 'h'
  | 'L'
  | 'b'
  | 'p'
  | 'P'
  | 't'
  | 'm'
  | 'n'
  | 'i'
  | 'e'
  | 'c'
  | 'l'
  | 's'
  | 'v'
  | 'x'
  | 'Q';

/** A piece of a prefix: fixed text, an escape, or the place where processes without a session stop (`%q`). */
export type PrefixToken =
  | { readonly is: 'literal'; readonly text: string }
  | {
      readonly is: 'field';
      readonly escape: Escape;
      /** `%5p` is 5 (spaces before), `%-5p` is -5 (spaces behind); 0 is none. Counted in bytes, as the server does. */
      readonly padding: number;
    }
  | { readonly is: 'session' };

/** The first major version that knows an escape; the others are as old as 13. */
const since = new Map([
  ['P', 14],
  ['Q', 14],
  ['L', 18],
]);
const escapes = new Set('audrhLbpPtmnieclsvxQ');

/**
 * Cuts a `log_line_prefix` into its pieces as the server does (elog.c): an escape that this version does not know
 * writes nothing, an unfinished one at the end too.
 *
 * @param major - Of the server, e.g. 18.
 */
export function prefixTokens(prefix: string, major: number): readonly PrefixToken[] {
  const tokens: PrefixToken[] = [];
  let literal = '';
  const endLiteral = (): void => {
    if (literal !== '') tokens.push({ is: 'literal', text: literal });
    literal = '';
  };
  for (let at = 0; at < prefix.length; at++) {
    if (prefix[at] !== '%') {
      literal += prefix[at] ?? '';
      continue;
    }
    const digits = /^-?\d*/.exec(prefix.slice(at + 1, at + 12))?.[0] ?? '';
    at += 1 + digits.length;
    const letter = prefix[at] ?? '';
    if (letter === '%') literal += '%';
    if (letter === 'q') {
      endLiteral();
      tokens.push({ is: 'session' });
    }
    if (!escapes.has(letter) || (since.get(letter) ?? 0) > major) continue;
    endLiteral();
    tokens.push({ is: 'field', escape: letter as Escape, padding: Number(digits) || 0 });
  }
  endLiteral();
  return tokens;
}
