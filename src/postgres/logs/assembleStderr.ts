import { type Assembled, type Assembly, type LogLines, maxEntryChars } from './assembly.ts';
import { durationOf } from './durationOf.ts';
import type { LogEntry, LogPosition } from './entry.ts';
import { type Level, levelRank } from './level.ts';
import { type Judge, type LogHead, logHead } from './logHead.ts';
import type { LogTimestamp } from './logTimestamp.ts';
import type { Prefix, PrefixMatch } from './prefix.ts';
import { prefixEntry } from './prefixEntry.ts';
import { type Severity, findSeverity } from './severityAt.ts';
import type { PartName } from './severityWord.ts';

export interface AssembleStderrOptions {
  readonly prefix: Prefix;
  readonly timestamp: LogTimestamp;
  /** An entry to which nothing was added for so long is complete. Default: 1000 ms. */
  readonly closeAfterMs?: number;
  /** So is one behind whose last line that much text of others stands. Default: 65,536 characters. */
  readonly closeAfterChars?: number;
}

/** A message to which lines may still be added. */
interface Open extends Assembled {
  readonly session: string;
  closed: boolean;
  chars: number;
  touchedAt: number;
  touchedChars: number;
}

type Field = 'message' | PartName;

/**
 * Makes entries of what PostgreSQL writes to stderr.
 *
 * - A line that begins with a tab goes on with the line before it.
 * - DETAIL, HINT, CONTEXT, QUERY, STATEMENT, LOCATION and BACKTRACE belong to the last message of their session
 *   (`%c`, else `%p`; without either, to the last message of all), whatever others wrote in between.
 * - A message is complete when its session begins the next one, or after some time or text without a line for it.
 * - A line of none of these kinds (a program that the server ran, a prefix that cannot be decoded) is an entry of its
 *   own: whole in `message`, with the level that stands in it, else LOG.
 *
 * Entries are handed out in the order of their first bytes, so that one position says where to resume. Of a message
 * that is not to be sent no text is kept.
 */
export function assembleStderr({
  prefix,
  timestamp,
  closeAfterMs = 1000,
  closeAfterChars = 65_536,
}: AssembleStderrOptions): Assembly {
  let queue: Open[] = [];
  const bySession = new Map<string, Open>();
  let chars = 0;
  let last: Open | undefined;
  let lastField: Field = 'message';

  const add = (open: Open, field: Field, text: string, separator: string, now: number): void => {
    open.touchedAt = now;
    open.touchedChars = chars;
    const { entry } = open;
    if (!entry) return;
    const before = entry[field];
    const joined = before === undefined || before === '' ? text : separator + text;
    const room = maxEntryChars - open.chars;
    const added = joined.length <= room ? joined : joined.slice(0, room);
    if (added !== joined) entry.truncated = true;
    entry[field] = before === undefined ? added : before + added;
    open.chars += added.length;
  };
  const begin = (
    session: string,
    head: LogHead,
    entry: LogEntry | null,
    position: LogPosition,
    now: number,
  ): void => {
    const before = bySession.get(session);
    if (before) before.closed = true;
    const kept = entry?.message.length ?? 0;
    const touched = { touchedAt: now, touchedChars: chars };
    last = { session, head, position, entry, closed: false, chars: kept, ...touched };
    lastField = 'message';
    queue.push(last);
    bySession.set(session, last);
  };
  const read = (line: string, position: LogPosition, judge: Judge, now: number): void => {
    const match = prefix.decodable ? prefix.match(line) : undefined;
    const severity = match?.severity ?? findSeverity(line);
    const meaning = severity?.meaning;
    const session = match ? (match.value('c') ?? match.value('p') ?? '') : '';
    const open = meaning && 'part' in meaning ? bySession.get(session) : undefined;
    if (severity && meaning && 'part' in meaning && open) {
      add(open, meaning.part, open.entry ? line.slice(severity.textAt) : '', '\n', now);
      last = open;
      lastField = meaning.part;
      return;
    }
    const level = levelOf(match, severity);
    const message = textOf(line, match);
    const head = logHead(level, message, match?.value('e'), match?.value('d'), match?.value('u'));
    if (!judge(head)) {
      begin(session, head, null, position, now);
      return;
    }
    const cut = message.slice(0, maxEntryChars);
    const entry: LogEntry = { timestamp: null, level, message: cut, position };
    if (match) prefixEntry(entry, match, timestamp);
    if (head.event !== undefined) entry.event = head.event;
    begin(session, head, entry, position, now);
  };
  const take = (ready: (open: Open) => boolean): readonly Assembled[] => {
    let count = 0;
    while (count < queue.length && ready(queue[count] as Open)) count++;
    if (count === 0) return [];
    const taken = queue.slice(0, count);
    queue = queue.slice(count);
    for (const open of taken) {
      // A session whose last message was handed out is forgotten: what follows it has nothing to be added to.
      if (bySession.get(open.session) === open) bySession.delete(open.session);
      if (last === open) last = undefined;
      if (open.entry) finish(open.entry);
    }
    return taken;
  };

  return {
    push: ({ fileId, text, starts, cut }: LogLines, judge, now) => {
      let from = 0;
      for (const offset of starts) {
        const newline = text.indexOf('\n', from);
        chars += newline - from;
        if (text.charCodeAt(from) === 9 && last) {
          add(last, lastField, last.entry ? text.slice(from + 1, newline) : '', '\n', now);
        } else read(text.slice(from, newline), { file_id: fileId, offset }, judge, now);
        from = newline + 1;
      }
      if (cut && last?.entry) last.entry.truncated = true;
    },
    take: (now) =>
      take(
        ({ closed, touchedAt, touchedChars }) =>
          closed || now - touchedAt >= closeAfterMs || chars - touchedChars >= closeAfterChars,
      ),
    flush: () => take(() => true),
    oldest: () => queue[0]?.position,
  };
}

/** Whoever wrote an error into the line: one has a SQLSTATE. */
function levelOf(match: PrefixMatch | undefined, severity: Severity | undefined): Level {
  const meaning = severity?.meaning;
  if (!meaning) return match ? 'WARNING' : 'LOG';
  if (!('level' in meaning)) return 'LOG';
  const isError = levelRank(meaning.level) >= levelRank('ERROR');
  return isError && match?.value('e') === '00000' ? 'LOG' : meaning.level;
}

/** A message whose severity is unknown keeps its word; a line without a readable prefix stays whole. */
function textOf(line: string, match: PrefixMatch | undefined): string {
  if (!match) return line;
  const { word, meaning, textAt } = match.severity;
  return line.slice(meaning && 'level' in meaning ? textAt : textAt - word.length - 3);
}

/** What is known only when all lines are there. */
function finish(entry: LogEntry): void {
  // log_error_verbosity = verbose writes the SQLSTATE before the message.
  if (entry.location !== undefined && /^[0-9A-Z]{5}: /.test(entry.message)) {
    entry.sqlstate ??= entry.message.slice(0, 5);
    entry.message = entry.message.slice(7);
  }
  const duration = durationOf(entry.message);
  if (duration !== undefined) entry.duration_ms = duration;
}
