import { type Assembled, type Assembly, maxEntryChars } from '../assembly.ts';
import type { LogEntry, LogPosition } from '../entry.ts';
import { jsonEntry } from './jsonEntry.ts';
import { jsonKind } from './jsonKind.ts';
import { placeOf } from './jsonKeys.ts';
import { JsonRecord } from './jsonRecord.ts';
import { jsonRecordEntry } from './jsonRecordEntry.ts';
import { KnownMessage } from '../redaction/knownMessage.ts';
import { LogKinds, isSent } from '../logKinds.ts';
import { LogQueue } from '../logQueue.ts';
import type { LogTimestamp } from '../logTimestamp.ts';
import { timestampAt } from '../timestampAt.ts';
import { type RawBytes, type TextOf, textReader } from '../rawText.ts';

const newline = 10;
const message = placeOf('message');

/**
 * Makes entries of jsonlog: each line is one. A line that is no JSON object becomes the message of a LOG entry.
 *
 * @param textOf - Reads the encoding of the log. Default: UTF-8, as the server writes jsonlog.
 */
export function assembleJson(timestamp: LogTimestamp, textOf: TextOf = textReader()): Assembly {
  const record = new JsonRecord(textOf);
  const timeOf = timestampAt(timestamp);
  const kinds = new LogKinds();
  const done = new LogQueue();
  const known = new KnownMessage();
  /** Whether messages lose their literals: those that are known lose them here. */
  let redacts = false;
  /** Parses a line that does not look as the server writes it. */
  const parse = (line: string, position: LogPosition, cut: boolean): void => {
    const entry: LogEntry = (cut ? undefined : jsonEntry(line, position, timestamp)) ?? {
      timestamp: null,
      level: 'LOG',
      message: line.slice(0, maxEntryChars),
      position,
    };
    if (cut) entry.truncated = true;
    const { level, message, sqlstate, database, user } = entry;
    const bytes = Buffer.from(message);
    const kind = kinds.read(level, bytes, 0, bytes.length, sqlstate, database, user);
    const { event } = kind.head;
    if (event !== undefined) entry.event = event;
    if (isSent(kind, kinds.durationMs))
      done.keep({
        position,
        head: kind.head,
        entry,
        fields: kinds.fields,
        redactedBytes: undefined,
      });
    else done.count(kind, kinds.durationMs, position.file_id, position.offset);
  };
  const read = (
    bytes: RawBytes,
    from: number,
    to: number,
    fileId: string,
    offset: number,
    cut: boolean,
  ): void => {
    const seen = !cut && record.begin(bytes, from, to) ? jsonKind(record, kinds) : undefined;
    const { durationMs } = kinds;
    if (seen && !isSent(seen, durationMs)) {
      done.count(seen, durationMs, fileId, offset);
      return;
    }
    const position = { file_id: fileId, offset };
    if (seen && record.rest()) {
      const { head } = seen;
      const isKnown =
        redacts &&
        head.event === 'slow_statement' &&
        !record.isEscaped(message) &&
        known.read(bytes, record.start(message), record.stop(message));
      const text = isKnown ? known.text : (record.value(message) ?? '');
      const entry = jsonRecordEntry(record, text, head, position, timeOf, durationMs, redacts);
      done.keep({
        position,
        head,
        entry,
        fields: kinds.fields,
        redactedBytes: isKnown ? known.size : undefined,
      });
    } else parse(textOf(bytes, from, to), position, cut);
  };
  const take = (): readonly Assembled[] => done.takeAll();
  return {
    push: ({ fileId, bytes, offset, starts, cut }, judge, _, mode = 'none') => {
      kinds.use(judge);
      redacts = mode !== 'none';
      for (let from = 0, index = 0; from < bytes.length; index++) {
        const end = bytes.indexOf(newline, from);
        read(bytes, from, end, fileId, starts?.[index] ?? offset + from, cut);
        from = end + 1;
      }
    },
    take,
    flush: take,
    oldest: () => done.oldest(),
  };
}
