import { type Level, levelRank } from '../level.ts';
import type { Prefix } from '../prefix/prefix.ts';
import type { PrefixMatch } from '../prefix/prefixMatcher.ts';
import type { RawBytes, TextOf } from '../rawText.ts';
import { type Severity, findSeverity } from './severityAt.ts';
import type { PartName } from '../severityWord.ts';

/** What one line is that does not begin with a tab. Used again for the next line. */
export interface StderrLine {
  /** Reads the line at `from` to `to`. */
  readonly read: (bytes: RawBytes, from: number, to: number) => void;
  /** What its prefix says; undefined where it has none that can be read. */
  readonly match: PrefixMatch | undefined;
  /** `%c`, else `%p`, else empty. */
  readonly session: string;
  /** Whether it is no message: it has neither the prefix, which can be decoded, nor a severity. */
  readonly bare: boolean;
  /** Null where the line opens a message. */
  readonly part: PartName | null;
  /** Of the message that it opens. */
  readonly level: Level;
  /** Where the text of a part begins. */
  readonly textAt: number;
  /** Where the message begins: one whose severity is unknown keeps its word, a line without a readable prefix is whole. */
  readonly messageAt: number;
}

const error = levelRank('ERROR');
/** How csvlog and jsonlog begin: they get here while their files are not open. */
const otherForm = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} [^,\s]{1,20},|\{"timestamp":")/;

/** Reads single lines of a log in the form stderr. */
export function stderrLine(prefix: Prefix, textOf: TextOf): StderrLine {
  const matchOf = prefix.decodable ? prefix.match : undefined;
  const line = {
    match: undefined as PrefixMatch | undefined,
    session: '',
    bare: false,
    part: null as PartName | null,
    level: 'LOG' as Level,
    textAt: 0,
    messageAt: 0,
    read: (bytes: RawBytes, from: number, to: number): void => {
      const match = matchOf?.(bytes, from, to);
      line.match = match;
      if (match === undefined) {
        const found = findSeverity(bytes, from, to, textOf);
        put(found?.severity, found?.textAt ?? from);
        line.bare =
          from < to &&
          !found &&
          matchOf !== undefined &&
          !otherForm.test(bytes.toString('latin1', from, Math.min(to, from + 60)));
        line.session = '';
        line.messageAt = from;
        return;
      }
      line.bare = false;
      const { severity, textAt } = match;
      put(severity, textAt);
      const { session, sqlstate } = match.origin;
      line.session = session;
      // Whoever wrote an error into the line: one has a SQLSTATE.
      if (sqlstate === '00000' && levelRank(line.level) >= error) line.level = 'LOG';
      if (severity.meaning === undefined) line.level = 'WARNING';
      const level = severity.meaning?.level ?? null;
      line.messageAt = level === null ? textAt - severity.bytes : textAt;
    },
  };
  const put = (severity: Severity | undefined, textAt: number): void => {
    const meaning = severity?.meaning;
    line.part = meaning === undefined ? null : meaning.part;
    line.level = meaning?.level ?? 'LOG';
    line.textAt = textAt;
  };
  return line;
}
