import type { Assembly } from './assembly.ts';
import { maxEntryChars } from './assembly.ts';
import type { LogEntry } from './entry.ts';
import { jsonEntry } from './jsonEntry.ts';
import type { LogTimestamp } from './logTimestamp.ts';

/** Makes entries of jsonlog: each line is one. A line that is no JSON object becomes the message of a LOG entry. */
export function assembleJson(timestamp: LogTimestamp): Assembly {
  let entries: LogEntry[] = [];
  const takeAll = (): LogEntry[] => {
    const taken = entries;
    entries = [];
    return taken;
  };
  return {
    push: (line, position, cut) => {
      const entry = (cut ? undefined : jsonEntry(line, position, timestamp)) ?? {
        timestamp: null,
        level: 'LOG' as const,
        message: line.slice(0, maxEntryChars),
        position,
      };
      if (cut) entry.truncated = true;
      entries.push(entry);
    },
    take: takeAll,
    flush: takeAll,
    oldest: () => entries[0]?.position,
  };
}
