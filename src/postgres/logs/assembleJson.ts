import { type Assembled, type Assembly, maxEntryChars } from './assembly.ts';
import type { LogEntry, LogPosition } from './entry.ts';
import { jsonEntry } from './jsonEntry.ts';
import { jsonHead } from './jsonHead.ts';
import { type Judge, logHead } from './logHead.ts';
import type { LogTimestamp } from './logTimestamp.ts';
import { type RawText, type TextOf, nameReader, textReader } from './rawText.ts';

/**
 * Makes entries of jsonlog: each line is one. A line that is no JSON object becomes the message of a LOG entry.
 *
 * @param textOf - Reads the encoding of the log. Default: UTF-8, as the server writes jsonlog.
 */
export function assembleJson(timestamp: LogTimestamp, textOf: TextOf = textReader()): Assembly {
  const nameOf = nameReader(textOf);
  let done: Assembled[] = [];
  const read = (line: RawText, position: LogPosition, judge: Judge, cut: boolean): void => {
    const seen = cut ? undefined : jsonHead(line, nameOf);
    if (seen && !judge(seen)) {
      done.push({ head: seen, position, entry: null });
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
    const head = seen ?? logHead(level, message, sqlstate, database, user);
    if (head.event !== undefined) entry.event = head.event;
    done.push({ head, position, entry: seen || judge(head) ? entry : null });
  };
  const takeAll = (): readonly Assembled[] => {
    const taken = done;
    done = [];
    return taken;
  };
  return {
    push: ({ fileId, text, offset, starts, cut }, judge) => {
      for (let from = 0, index = 0; from < text.length; index++) {
        const newline = text.indexOf('\n', from);
        const position = { file_id: fileId, offset: starts?.[index] ?? offset + from };
        read(text.slice(from, newline), position, judge, cut);
        from = newline + 1;
      }
    },
    take: takeAll,
    flush: takeAll,
    oldest: () => done[0]?.position,
  };
}
