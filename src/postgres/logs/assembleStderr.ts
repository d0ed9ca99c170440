import { type Assembled, type Assembly, type LogLines, maxEntryChars } from './assembly.ts';
import { durationOf } from './durationOf.ts';
import type { LogEntry, LogPosition } from './entry.ts';
import { type Judge, type LogHead, logHead } from './logHead.ts';
import type { LogTimestamp } from './logTimestamp.ts';
import type { Prefix } from './prefix.ts';
import { prefixEntry } from './prefixEntry.ts';
import { type RawText, type TextOf, textReader } from './rawText.ts';
import type { PartName } from './severityWord.ts';
import { stderrLine } from './stderrLine.ts';

export interface AssembleStderrOptions {
  readonly prefix: Prefix;
  readonly timestamp: LogTimestamp;
  /** Reads the encoding of the log. Default: UTF-8. */
  readonly textOf?: TextOf;
  /** An entry to which nothing was added for so long is complete. Default: 1000 ms. */
  readonly closeAfterMs?: number;
  /** So is one behind whose last line that much text of others stands. Default: 65,536 bytes. */
  readonly closeAfterChars?: number;
}

/** One that writes into the log. */
interface Session {
  /** Its last message, as long as that was not handed out. */
  last: Open | undefined;
}

/** A message to which lines may still be added. */
interface Open extends Assembled {
  readonly session: Session;
  closed: boolean;
  chars: number;
  touchedAt: number;
  touchedChars: number;
}

type Field = 'message' | PartName;

/** Sessions are forgotten above this if no message of theirs is open. */
const manySessions = 1000;

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
  textOf = textReader(),
  closeAfterMs = 1000,
  closeAfterChars = 65_536,
}: AssembleStderrOptions): Assembly {
  const line = stderrLine(prefix, textOf);
  const sessions = new Map<string, Session>();
  let queue: Open[] = [];
  let chars = 0;
  let last: Open | undefined;
  let lastField: Field = 'message';

  const sessionOf = (name: string): Session => {
    const known = sessions.get(name);
    if (known) return known;
    if (sessions.size >= manySessions) {
      for (const [other, { last: open }] of sessions) if (!open) sessions.delete(other);
    }
    const made: Session = { last: undefined };
    sessions.set(name, made);
    return made;
  };
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
    session: Session,
    head: LogHead,
    entry: LogEntry | null,
    position: LogPosition,
    touchedAt: number,
  ): void => {
    if (session.last) session.last.closed = true;
    const kept = entry === null ? 0 : entry.message.length;
    last = {
      session,
      head,
      position,
      entry,
      closed: false,
      chars: kept,
      touchedAt,
      touchedChars: chars,
    };
    lastField = 'message';
    queue.push(last);
    session.last = last;
  };
  const read = (
    text: RawText,
    from: number,
    to: number,
    position: LogPosition,
    judge: Judge,
    now: number,
  ): void => {
    line.read(text, from, to);
    const session = sessionOf(line.session);
    const { part } = line;
    if (part !== null && session.last) {
      last = session.last;
      lastField = part;
      add(last, part, last.entry ? textOf(text.slice(line.textAt, to)) : '', '\n', now);
      return;
    }
    const { level, match } = line;
    const message = text.slice(line.messageAt, to);
    const head = match
      ? logHead(level, message, match.name('e'), match.name('d'), match.name('u'))
      : logHead(level, message, undefined, undefined, undefined);
    if (!judge(head)) {
      begin(session, head, null, position, now);
      return;
    }
    const cut = textOf(message).slice(0, maxEntryChars);
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
      if (open.session.last === open) open.session.last = undefined;
      if (last === open) last = undefined;
      if (open.entry) finish(open.entry);
    }
    return taken;
  };

  return {
    push: ({ fileId, text, offset, starts, cut }: LogLines, judge, now) => {
      for (let from = 0, index = 0; from < text.length; index++) {
        const newline = text.indexOf('\n', from);
        chars += newline - from;
        if (text.charCodeAt(from) === tab && last) {
          add(last, lastField, last.entry ? textOf(text.slice(from + 1, newline)) : '', '\n', now);
        } else {
          const at = starts?.[index] ?? offset + from;
          read(text, from, newline, { file_id: fileId, offset: at }, judge, now);
        }
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

const tab = 9;

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
