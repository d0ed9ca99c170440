import { type Assembled, type Assembly, maxEntryChars } from './assembly.ts';
import type { LogEntry, LogPosition } from './entry.ts';
import { jsonEntry } from './jsonEntry.ts';
import { jsonKind } from './jsonKind.ts';
import { LogKinds, isSent } from './logKinds.ts';
import { LogQueue } from './logQueue.ts';
import type { LogTimestamp } from './logTimestamp.ts';
import { nameReader } from './nameReader.ts';
import { type RawText, type TextOf, textReader } from './rawText.ts';

/**
 * Makes entries of jsonlog: each line is one. A line that is no JSON object becomes the message of a LOG entry.
 *
 * @param textOf - Reads the encoding of the log. Default: UTF-8, as the server writes jsonlog.
 */
export function assembleJson(timestamp: LogTimestamp, textOf: TextOf = textReader()): Assembly {
  const nameOf = nameReader(textOf);
  const kinds = new LogKinds();
  const done = new LogQueue();
  const read = (line: RawText, position: LogPosition, cut: boolean): void => {
    const seen = cut ? undefined : jsonKind(line, nameOf, kinds);
    if (seen && !isSent(seen, kinds.durationMs)) {
      done.count(seen, kinds.durationMs, position);
      return;
    }
    const decoded = textOf(line);
    const entry: LogEntry = (cut ? undefined : jsonEntry(decoded, position, timestamp)) ?? {
      timestamp: null,
      level: 'LOG',
      message: decoded.slice(0, maxEntryChars),
      position,
    };
    if (cut) entry.truncated = true;
    const { level, message, sqlstate, database, user } = entry;
    const kind = seen ?? kinds.read(level, message, 0, message.length, sqlstate, database, user);
    const { event } = kind.head;
    if (event !== undefined) entry.event = event;
    if (isSent(kind, kinds.durationMs)) done.keep({ position, head: kind.head, entry });
    else done.count(kind, kinds.durationMs, position);
  };
  const take = (): readonly Assembled[] => done.takeAll();
  return {
    push: ({ fileId, text, offset, starts, cut }, judge) => {
      kinds.use(judge);
      for (let from = 0, index = 0; from < text.length; index++) {
        const newline = text.indexOf('\n', from);
        const position = { file_id: fileId, offset: starts?.[index] ?? offset + from };
        read(text.slice(from, newline), position, cut);
        from = newline + 1;
      }
    },
    take,
    flush: take,
    oldest: () => done.oldest(),
  };
}
