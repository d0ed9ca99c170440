import { type Assembly, maxEntryChars } from './assembly.ts';
import { durationOf } from './durationOf.ts';
import type { LogEntry } from './entry.ts';
import type { Level } from './level.ts';
import type { LogTimestamp } from './logTimestamp.ts';
import type { Prefix } from './prefix.ts';
import { prefixEntry } from './prefixEntry.ts';
import { findSeverity } from './severityAt.ts';
import type { PartName } from './severityWord.ts';

export interface AssembleStderrOptions {
  readonly prefix: Prefix;
  readonly timestamp: LogTimestamp;
  /** An entry to which nothing was added for so long is complete. Default: 1000 ms. */
  readonly closeAfterMs?: number;
  /** So is one behind whose last line that much text of others stands. Default: 65,536 characters. */
  readonly closeAfterChars?: number;
}

/** An entry to which lines may still be added. */
interface Open {
  readonly entry: LogEntry;
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
 * Entries are handed out in the order of their first bytes, so that one position says where to resume.
 */
export function assembleStderr({
  prefix,
  timestamp,
  closeAfterMs = 1000,
  closeAfterChars = 65_536,
}: AssembleStderrOptions): Assembly {
  const queue: Open[] = [];
  const bySession = new Map<string, Open>();
  let chars = 0;
  let last: { open: Open; field: Field; session: string } | undefined;

  const add = (open: Open, field: Field, text: string, separator: string, now: number): void => {
    const before = open.entry[field];
    const joined = before === undefined || before === '' ? text : separator + text;
    const added = joined.slice(0, maxEntryChars - open.chars);
    if (added.length < joined.length) open.entry.truncated = true;
    open.entry[field] = before === undefined ? added : before + added;
    open.chars += added.length;
    open.touchedAt = now;
    open.touchedChars = chars;
  };
  const begin = (session: string, entry: LogEntry, text: string, now: number): Open => {
    const before = bySession.get(session);
    if (before) before.closed = true;
    const open = { entry, closed: false, chars: 0, touchedAt: now, touchedChars: chars };
    add(open, 'message', text, '', now);
    queue.push(open);
    bySession.set(session, open);
    last = { open, field: 'message', session };
    return open;
  };
  const take = (ready: (open: Open) => boolean): LogEntry[] => {
    let count = 0;
    while (count < queue.length && ready(queue[count] as Open)) count++;
    const taken = queue.splice(0, count);
    for (const open of taken) open.closed = true;
    // A session whose last message was handed out is forgotten: what follows it would have nothing to be added to.
    if (count > 0) for (const [key, open] of bySession) if (open.closed) bySession.delete(key);
    if (last?.open.closed === true && !queue.includes(last.open)) last = undefined;
    return taken.map(({ entry }) => finish(entry));
  };

  return {
    push: (line, position, cut, now) => {
      chars += line.length;
      if (line.startsWith('\t') && last) {
        add(last.open, last.field, line.slice(1), '\n', now);
      } else {
        const scanned = prefix.decodable ? prefix.scan(line) : undefined;
        const severity = scanned?.severity ?? findSeverity(line);
        const fields = scanned?.fields ?? {};
        const session = scanned ? (fields.c ?? fields.p ?? '') : '';
        const meaning = severity?.meaning;
        if (severity && meaning && 'part' in meaning && bySession.has(session)) {
          const open = bySession.get(session) as Open;
          add(open, meaning.part, line.slice(severity.textAt), '\n', now);
          last = { open, field: meaning.part, session };
        } else {
          const level = meaning && 'level' in meaning ? meaning.level : undefined;
          // Whoever wrote the word into the line: an error has a SQLSTATE.
          const forged = fields.e === '00000' && ['ERROR', 'FATAL', 'PANIC'].includes(level ?? '');
          const unknown: Level = scanned ? 'WARNING' : 'LOG';
          const text =
            scanned && level ? line.slice(scanned.severity.textAt) : unread(line, scanned);
          const entry: LogEntry = {
            ...prefixEntry(fields, timestamp),
            level: forged ? 'LOG' : (level ?? (meaning ? 'LOG' : unknown)),
            message: '',
            position,
          };
          begin(session, entry, text, now);
        }
      }
      if (cut && last) last.open.entry.truncated = true;
    },
    take: (now) =>
      take(
        ({ closed, touchedAt, touchedChars }) =>
          closed || now - touchedAt >= closeAfterMs || chars - touchedChars >= closeAfterChars,
      ),
    flush: () => take(() => true),
    oldest: () => queue[0]?.entry.position,
  };
}

/** A message whose severity is unknown keeps its word; a line without a readable prefix stays whole. */
const unread = (
  line: string,
  scanned: ReturnType<Extract<Prefix, { decodable: true }>['scan']>,
): string =>
  scanned ? line.slice(scanned.severity.textAt - scanned.severity.word.length - 3) : line;

/** What is known only when all lines are there. */
function finish(entry: LogEntry): LogEntry {
  // log_error_verbosity = verbose writes the SQLSTATE before the message.
  if (entry.location !== undefined && /^[0-9A-Z]{5}: /.test(entry.message)) {
    entry.sqlstate ??= entry.message.slice(0, 5);
    entry.message = entry.message.slice(7);
  }
  const duration = durationOf(entry.message);
  if (duration !== undefined) entry.duration_ms = duration;
  return entry;
}
