import type { LogEntry, LogPosition } from './entry.ts';
import type { Level } from './level.ts';

/** A literal has no room for the fields that follow; instances get as much as those before them needed. */
class NewEntry {
  timestamp: string | null;
  level: Level;
  message: string;
  position: LogPosition;

  constructor(timestamp: string | null, level: Level, message: string, position: LogPosition) {
    this.timestamp = timestamp;
    this.level = level;
    this.message = message;
    this.position = position;
  }
}

/** An entry with what each has; the other fields follow. */
export const newEntry = (
  timestamp: string | null,
  level: Level,
  message: string,
  position: LogPosition,
): LogEntry => new NewEntry(timestamp, level, message, position);
