import { redact } from '../postgres/sql/redact.ts';

/** A statement's text as metrics carry it. */
export interface CutText {
  readonly query: string | null;
  /** Whether the server or this agent left the end of it out. */
  readonly query_truncated: boolean;
}

/** Characters of a text that travel in a list. */
const MAX_CHARS = 1_000;

/**
 * The text of a running statement, cut at a character and redacted. Null and empty texts are null.
 *
 * @param serverBytes - `track_activity_query_size`: what the server keeps of a text, and a byte.
 */
export function cutText(
  text: string | null,
  { redacts, serverBytes }: { readonly redacts: boolean; readonly serverBytes: number },
): CutText {
  if (text === null || text === '') return { query: null, query_truncated: false };
  // Never half of a surrogate pair.
  const cut = text.slice(0, MAX_CHARS).replace(/[\ud800-\udbff]$/, '');
  const bytes = Buffer.byteLength(text);
  // The server cuts before the character that does not fit: up to three bytes early.
  const room = serverBytes - 1 - (bytes === text.length ? 0 : 3);
  return {
    query: redact(cut, { keepLiterals: !redacts }),
    query_truncated: cut.length < text.length || bytes >= room,
  };
}
