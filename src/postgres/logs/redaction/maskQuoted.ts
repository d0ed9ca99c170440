/**
 * What the word before a quoted name says when it is a name and no value: `relation "orders"`. Text after any other
 * word (`for type integer: "abc"`, `changed to "…"`) may be data.
 */
const nouns = new Set(
  (
    'access aggregate authorization backend cast collation column configuration constraint conversion cursor database ' +
    'dictionary directory domain extension family file foreign function group host index language library member method ' +
    'module opclass operator option owner parameter parser partition path plugin policy portal prefix procedure process ' +
    'provider publication relation role routine rule savepoint schema segment sequence server slot socket statement ' +
    'statistics subscription table tablespace template timeline transform trigger type user view worker wrapper'
  ).split(' '),
);

/** Opening quotes of the server's languages with their ends. */
const pairs = new Map([
  ['"', '"'],
  ["'", "'"],
  ['«', '»'],
  ['»', '«'],
  ['„', '“'],
  ['“', '”'],
]);

/**
 * Replaces what stands in quotes by `?`, except for names in double quotes behind a word that says what they name.
 *
 * One pass; a quote that is never closed hides the rest. A quote inside a word (`can't`, `server's`) is none. Quotes
 * are doubled within (`'it''s'`).
 *
 * @param keepNames - False hides the names too.
 */
export function maskQuoted(text: string, keepNames = true): string {
  let masked = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const open = text.charAt(at);
    const close = pairs.get(open);
    if (close === undefined || (open === "'" && /[\p{L}\p{N}]/u.test(text.charAt(at - 1))))
      continue;
    const end = endOfQuote(text, at + 1, close);
    if (!(keepNames && open === '"' && nouns.has(wordBefore(text, at)))) {
      masked += `${text.slice(from, at)}${open}?${close}`;
      from = end;
    }
    at = end - 1;
  }
  return masked + text.slice(from);
}

/** The offset behind the closing quote; the end of the text where there is none. */
function endOfQuote(text: string, at: number, close: string): number {
  let end = text.indexOf(close, at);
  while (end >= 0 && text.charAt(end + 1) === close) end = text.indexOf(close, end + 2);
  return end < 0 ? text.length : end + 1;
}

/** The word before the space before a quote, in lower case. */
const wordBefore = (text: string, at: number): string =>
  /([A-Za-z]+) $/.exec(text.slice(Math.max(0, at - 24), at))?.[1]?.toLowerCase() ?? '';
