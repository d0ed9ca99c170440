import type { RawBytes } from '../rawText.ts';

const [quote, comma, newline] = [34, 44, 10] as const;
const [dash, space, colon] = [45, 32, 58] as const;

/**
 * Whether a record of csvlog begins at a place, even if it looks as if within quotes: the fields up to the message and
 * a quote that opens one, which text within quotes cannot hold, as its quotes are doubled.
 */
export function isRecordStart(bytes: RawBytes, from: number, size: number): boolean {
  if (bytes[from + 4] !== dash || bytes[from + 10] !== space) return false;
  if (bytes[from + 13] !== colon) return false;
  let at = from;
  for (let field = 0; field < 13; field++) {
    const begin = at;
    if (bytes[at] === quote) at = behindQuotes(bytes, at, size);
    else at = endOfPlain(bytes, at, size);
    if (bytes[at] !== comma) return false;
    // Severity and SQLSTATE are never missing.
    if (field >= 11 && at === begin) return false;
    at++;
  }
  let quotes = 0;
  while (at + quotes < size && bytes[at + quotes] === quote) quotes++;
  return quotes % 2 === 1 || (quotes === 2 && bytes[at + 2] === comma);
}

/** Behind the quote that closes a field within its line; the place of the opening one where there is none. */
function behindQuotes(bytes: RawBytes, from: number, size: number): number {
  for (let at = from + 1; at < size; at++) {
    const code = bytes[at];
    if (code === newline) break;
    if (code !== quote) continue;
    if (bytes[at + 1] !== quote) return at + 1;
    at++;
  }
  return from;
}

function endOfPlain(bytes: RawBytes, from: number, size: number): number {
  for (let at = from; at < size; at++) {
    const code = bytes[at];
    if (code === comma || code === quote || code === newline) return at;
  }
  return size;
}
