import { type Assembly, maxEntryChars } from '../assembly.ts';
import { csvColumn as column } from './csvColumn.ts';
import { csvEntry, csvKind } from './csvEntry.ts';
import { CsvRecord } from './csvRecord.ts';
import type { LogPosition } from '../entry.ts';
import { isRecordStart } from './isRecordStart.ts';
import { KnownMessage } from '../redaction/knownMessage.ts';
import { LogKinds, isSent } from '../logKinds.ts';
import { LogQueue } from '../logQueue.ts';
import type { LogTimestamp } from '../logTimestamp.ts';
import { newEntry } from '../newEntry.ts';
import { joinedBytes } from './joinedBytes.ts';
import { timestampAt } from '../timestampAt.ts';
import { type RawBytes, type TextOf, bytesOf, textReader } from '../rawText.ts';

export interface AssembleCsvOptions {
  readonly timestamp: LogTimestamp;
  /** Reads the encoding of the log. Default: UTF-8. */
  readonly textOf?: TextOf;
  /** A record to which nothing was added for so long is given up. Default: 1000 ms. */
  readonly closeAfterMs?: number;
}

/** A record that goes on in the next lines. */
interface Open {
  readonly position: LogPosition;
  readonly bytes: RawBytes;
  readonly touchedAt: number;
}

/**
 * Makes entries of csvlog. A record ends with the first line at whose end its quotes are even.
 *
 * A record that was torn (the server crashed while it wrote) would take in all that follows. It ends where a line
 * begins as only a record can. What is no record becomes the message of an entry, marked `truncated`.
 */
export function assembleCsv({
  timestamp,
  textOf = textReader(),
  closeAfterMs = 1000,
}: AssembleCsvOptions): Assembly {
  const record = new CsvRecord(textOf);
  const joined = joinedBytes();
  const timeOf = timestampAt(timestamp);
  const kinds = new LogKinds();
  const done = new LogQueue();
  const known = new KnownMessage();
  /** Whether messages lose their literals: those that are known lose them here. */
  let redacts = false;
  let open: Open | undefined;
  /** Lines up to the next record belong to one that was too long. */
  let skipping = false;

  const entryOf = (position: LogPosition, least: number | undefined, cut: boolean): boolean => {
    const kind = csvKind(record, kinds, least);
    if (!kind) return false;
    if (isSent(kind, kinds.durationMs)) {
      const { head } = kind;
      const isKnown =
        redacts &&
        head.event === 'slow_statement' &&
        !record.isDoubled(column.message) &&
        known.read(record.bytes, record.start(column.message), record.stop(column.message));
      const message = isKnown ? known.text : (record.value(column.message) ?? '');
      const entry = csvEntry(record, message, head, position, timeOf, kinds.durationMs, redacts);
      if (cut) entry.truncated = true;
      done.keep({
        position,
        head,
        entry,
        fields: kinds.fields,
        redactedBytes: isKnown ? known.size : undefined,
      });
    } else done.count(kind, kinds.durationMs, position.file_id, position.offset);
    return true;
  };
  /** Takes what is no whole record: one quote closes what a torn one left open. */
  const finish = (bytes: RawBytes, position: LogPosition, cut: boolean): void => {
    const isRecord = (bytes: RawBytes): boolean =>
      record.read(bytes, 0, bytes.length, () => false) === 'record';
    if (isRecord(bytes) && entryOf(position, undefined, cut)) return;
    // A torn one is known by its message.
    if (cut && isRecord(Buffer.concat([bytes, closing])) && entryOf(position, 14, true)) return;
    const message = textOf(bytes, 0, Math.min(bytes.length, maxEntryChars));
    const kind = kinds.read('LOG', bytes, 0, bytes.length, undefined, undefined, undefined);
    const entry = newEntry(null, 'LOG', message, position);
    if (cut) entry.truncated = true;
    if (isSent(kind, kinds.durationMs))
      done.keep({ position, head: kind.head, entry, fields: undefined, redactedBytes: undefined });
    else done.count(kind, kinds.durationMs, position.file_id, position.offset);
  };
  const close = (): void => {
    if (open) finish(open.bytes.subarray(0, -1), open.position, true);
    open = undefined;
  };
  /** Reads what begins at `from`; where the next begins, -1 where more is needed. */
  const next = (
    bytes: RawBytes,
    from: number,
    size: number,
    position: LogPosition,
    cut: boolean,
  ): number => {
    if (skipping && !isRecordStart(bytes, from, size)) {
      const end = lineEnd(bytes, from, size);
      skipping = !hasOddQuotes(bytes, from, end);
      return end + 1;
    }
    skipping = false;
    const found = cut ? 'none' : record.read(bytes, from, size, isRecordStart);
    if (found === 'open') return -1;
    const end = found === 'none' ? lineEnd(bytes, from, size) : record.end;
    if (found !== 'record' || !entryOf(position, undefined, false)) {
      finish(bytes.subarray(from, end), position, cut || found === 'torn');
    }
    return end + 1;
  };
  return {
    push: ({ fileId, bytes: added, offset, starts, cut }, judge, now, mode = 'none') => {
      kinds.use(judge);
      redacts = mode !== 'none';
      if (open && open.position.file_id !== fileId) close();
      const before = open;
      open = undefined;
      const shift = before ? before.bytes.length : 0;
      const bytes = before ? joined(before.bytes, added) : added;
      const size = shift + added.length;
      for (let from = 0, line = 0; from < size;) {
        const place = { file_id: fileId, offset: starts?.[line] ?? offset + from - shift };
        const position = before && from === 0 ? before.position : place;
        const end = next(bytes, from, size, position, cut && !before);
        if (end < 0) {
          open = { position, bytes: Buffer.from(bytes.subarray(from, size)), touchedAt: now };
          if (open.bytes.length > maxEntryChars) {
            close();
            skipping = true;
          }
          return;
        }
        if (starts) {
          for (let at = Math.max(from, shift); at < end; at++) if (bytes[at] === newline) line++;
        }
        from = end;
      }
    },
    take: (now) => {
      if (open && now - open.touchedAt >= closeAfterMs) close();
      return done.takeAll();
    },
    flush: () => {
      close();
      return done.takeAll();
    },
    oldest: () => done.oldest() ?? open?.position,
  };
}

const newline = 10;
const quote = 34;
const closing = bytesOf('"');

function lineEnd(bytes: RawBytes, from: number, size: number): number {
  const end = bytes.indexOf(newline, from);
  return end < 0 || end > size ? size : end;
}

/** Whether the number of quotes in a line is odd. */
function hasOddQuotes(bytes: RawBytes, from: number, end: number): boolean {
  let odd = false;
  for (let at = from; at < end; at++) if (bytes[at] === quote) odd = !odd;
  return odd;
}
