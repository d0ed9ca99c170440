import type { EntryFields } from './entryFields.ts';
import type { Level } from './level.ts';
import type { LogPlan } from './plan/logPlan.ts';

/** Where an entry begins. */
export interface LogPosition {
  readonly file_id: string;
  /** Of its first byte. */
  readonly offset: number;
}

/** One message of a PostgreSQL log with all that belongs to it, named as in the metric. What is unknown is absent. */
export interface LogEntry {
  /** ISO 8601, UTC; null where the prefix has no time. */
  timestamp: string | null;
  level: Level;
  message: string;
  detail?: string;
  hint?: string;
  context?: string;
  /** The statement of the client. */
  statement?: string;
  /** The statement that failed inside of it, e.g. of a function (`QUERY`). */
  internal_query?: string;
  /** Where in the server's source, with `log_error_verbosity = verbose`. */
  location?: string;
  backtrace?: string;
  /** Five characters; absent where the format does not tell it. */
  sqlstate?: string;
  pid?: number;
  user?: string;
  database?: string;
  application_name?: string;
  /** Address or name; `[local]` for a Unix socket. */
  client_addr?: string;
  session_id?: string;
  /** Counts the lines of the session. */
  line_num?: number;
  /** 64 bits, in digits. */
  query_id?: string;
  backend_type?: string;
  /** What kind of message it is. */
  event?: string;
  duration_ms?: number;
  /** What the message tells, by event. */
  fields?: EntryFields;
  /** Of auto_explain. */
  plan?: LogPlan;
  /** Some of its text was cut. */
  truncated?: true;
  position: LogPosition;
}
