import { type Assembled, type Assembly, maxEntryChars } from './assembly.ts';
import type { LogEntry, LogPosition } from './entry.ts';
import { jsonEntry } from './jsonEntry.ts';
import { jsonHead } from './jsonHead.ts';
import { type Judge, logHead } from './logHead.ts';
import type { LogTimestamp } from './logTimestamp.ts';

/** Makes entries of jsonlog: each line is one. A line that is no JSON object becomes the message of a LOG entry. */
export function assembleJson(timestamp: LogTimestamp): Assembly {
  let done: Assembled[] = [];
  const read = (line: string, position: LogPosition, judge: Judge, cut: boolean): void => {
    const seen = cut ? undefined : jsonHead(line);
    if (seen && !judge(seen)) {
      done.push({ head: seen, position, entry: null });
      return;
    }
    const entry: LogEntry = (cut ? undefined : jsonEntry(line, position, timestamp)) ?? {
      timestamp: null,
      level: 'LOG',
      message: line.slice(0, maxEntryChars),
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
    push: ({ fileId, text, starts, cut }, judge) => {
      let from = 0;
      for (const offset of starts) {
        const newline = text.indexOf('\n', from);
        read(text.slice(from, newline), { file_id: fileId, offset }, judge, cut);
        from = newline + 1;
      }
    },
    take: takeAll,
    flush: takeAll,
    oldest: () => done[0]?.position,
  };
}
