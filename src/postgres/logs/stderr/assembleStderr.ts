import { type Assembly, type LogLines, maxEntryChars } from '../assembly.ts';
import type { LogEntry } from '../entry.ts';
import { knownDetail } from '../redaction/knownDetail.ts';
import { KnownMessage } from '../redaction/knownMessage.ts';
import { LogKinds, isSent } from '../logKinds.ts';
import type { LogTimestamp } from '../logTimestamp.ts';
import { newEntry } from '../newEntry.ts';
import { type OpenMessage, OpenMessages } from './openMessages.ts';
import type { Prefix } from '../prefix/prefix.ts';
import { prefixEntry } from '../prefix/prefixEntry.ts';
import { type RawBytes, type TextOf, textReader } from '../rawText.ts';
import type { PartName } from '../severityWord.ts';
import { stderrLine } from './stderrLine.ts';
import { timestampAt } from '../timestampAt.ts';

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

const tab = 9;
const newline = 10;

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
  const timeOf = timestampAt(timestamp);
  const kinds = new LogKinds();
  const messages = new OpenMessages({ ms: closeAfterMs, bytes: closeAfterChars });
  /** Bytes of all lines so far. */
  let passed = 0;
  /** Whether messages begin with their SQLSTATE (`log_error_verbosity = verbose`), as seen so far. */
  let verbose = false;
  const known = new KnownMessage();
  /** Whether messages lose their literals: those that are known lose them here. */
  let redacts = false;
  let last: OpenMessage | undefined;
  let lastField: 'message' | PartName = 'message';

  /** Adds the line at `from` to `to` to a message. */
  const add = (open: OpenMessage, bytes: RawBytes, from: number, to: number, now: number): void => {
    open.touchedAt = now;
    open.touchedBytes = passed;
    const { entry } = open;
    if (!entry) return;
    const before = entry[lastField];
    const isKnown = redacts && lastField === 'detail' && before === undefined;
    const line = (isKnown ? knownDetail(bytes, from) : undefined) ?? textOf(bytes, from, to);
    const joined = before === undefined || before === '' ? line : `\n${line}`;
    const room = maxEntryChars - open.chars;
    const added = joined.length <= room ? joined : joined.slice(0, room);
    if (added !== joined) entry.truncated = true;
    entry[lastField] = before === undefined ? added : before + added;
    open.chars += added.length;
  };
  const read = (
    bytes: RawBytes,
    from: number,
    to: number,
    fileId: string,
    offset: number,
    now: number,
  ) => {
    line.read(bytes, from, to);
    const session = messages.session(line.session);
    const { part, match, level } = line;
    const before = part === null ? undefined : messages.lastOf(session);
    if (part !== null && before) {
      last = before;
      lastField = part;
      if (part === 'location') verbose = true;
      add(before, bytes, line.textAt, to, now);
      return;
    }
    lastField = 'message';
    const { messageAt } = line;
    const code = verbose ? sqlstateAt(bytes.toString('latin1', messageAt, to)) : undefined;
    const begin = code === undefined ? messageAt : messageAt + 7;
    const origin = match?.origin;
    const sqlstate = origin?.sqlstate ?? code;
    const kind = line.bare
      ? kinds.other(bytes, begin, to)
      : kinds.read(level, bytes, begin, to, sqlstate, origin?.database, origin?.user);
    const { durationMs } = kinds;
    if (!isSent(kind, durationMs)) {
      last = messages.count(session, kind, durationMs, fileId, offset, now, passed);
      return;
    }
    const { head } = kind;
    const isKnown =
      redacts &&
      head.event === 'slow_statement' &&
      begin === messageAt &&
      isWhole(bytes, to) &&
      known.read(bytes, begin, to);
    const message = isKnown ? known.text : textOf(bytes, messageAt, to).slice(0, maxEntryChars);
    const position = { file_id: fileId, offset };
    const entry = newEntry(null, level, message, position);
    if (match) prefixEntry(entry, match, timeOf, head);
    if (head.event !== undefined) entry.event = head.event;
    if (!Number.isNaN(durationMs)) entry.duration_ms = durationMs;
    const { fields } = kinds;
    const size = isKnown ? known.size : undefined;
    last = messages.keep(session, head, entry, fields, size, now, passed);
  };
  const take = (now: number, all: boolean) => {
    const taken = messages.take(now, passed, all);
    if (last && last.sessions < 0) last = undefined;
    for (const { entry } of taken) if (entry?.location !== undefined) readVerbose(entry);
    return taken;
  };

  return {
    push: ({ fileId, bytes, offset, starts, cut }: LogLines, judge, now, mode = 'none') => {
      kinds.use(judge);
      redacts = mode !== 'none';
      for (let from = 0, index = 0; from < bytes.length; index++) {
        const end = bytes.indexOf(newline, from);
        passed += end - from;
        if (bytes[from] === tab && last) add(last, bytes, from + 1, end, now);
        else read(bytes, from, end, fileId, starts?.[index] ?? offset + from, now);
        from = end + 1;
      }
      if (cut && last?.entry) last.entry.truncated = true;
    },
    take: (now) => take(now, false),
    flush: () => take(0, true),
    oldest: () => messages.oldest(),
  };
}

/** Whether the line that ends at `to` is followed by one that does not go on with it. */
const isWhole = (bytes: RawBytes, to: number): boolean =>
  to + 1 < bytes.length && bytes[to + 1] !== tab;

/** The SQLSTATE with which a message begins: `42P01: relation …`. */
const sqlstateAt = (message: string): string | undefined =>
  /^([0-9A-Z]{5}): /.exec(message.slice(0, 7))?.[1];

function readVerbose(entry: LogEntry): void {
  const sqlstate = sqlstateAt(entry.message);
  if (sqlstate === undefined) return;
  entry.sqlstate ??= sqlstate;
  entry.message = entry.message.slice(7);
}
