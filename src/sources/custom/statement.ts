import type { Tokenizer } from '../../postgres/sql/tokenizer.ts';
import { tokensOf } from '../../postgres/sql/tokensOf.ts';

/** A statement of the configuration, as it is sent. */
export interface Statement {
  /** Marked as the agent's: `SELECT /* pganalytics:custom *​/ …`. */
  readonly sql: string;
  /** Where a position (in characters from 1) of `sql` is in what the administrator wrote: `line 2, column 8`. */
  readonly placeOf: (position: number) => string;
}

/** The only words that it may begin with: what else there is changes something, or gives no rows. */
const readers: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE']);
const marker = ' /* pganalytics:custom */';

/**
 * Marks a statement behind its first keyword, where the mark survives the normalisation of `pg_stat_statements`; undefined
 * where it does not read. Comments and parentheses may stand before the keyword.
 */
export function statement(written: string): Statement | undefined {
  const token = tokensOf(written);
  while (token.next() && isBefore(token, written));
  const { start, end } = token;
  if (!readers.has(written.slice(start, end).toUpperCase())) return undefined;
  // The server counts characters, a text of ours 16-bit units.
  const marked = Array.from(written.slice(0, end)).length;
  return {
    sql: written.slice(0, end) + marker + written.slice(end),
    placeOf: (position) => {
      const at = position > marked ? Math.max(marked, position - marker.length) : position;
      const before = Array.from(written)
        .slice(0, Math.max(0, at - 1))
        .join('')
        .split(/\r\n|[\r\n]/);
      return `line ${before.length}, column ${Array.from(before.at(-1) ?? '').length + 1}`;
    },
  };
}

const isBefore = ({ kind, start }: Tokenizer, text: string): boolean =>
  kind === 'space' || kind === 'comment' || (kind === 'separator' && text[start] === '(');
