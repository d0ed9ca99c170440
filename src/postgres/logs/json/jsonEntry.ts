import { DurationMessage } from '../events/durationMessage.ts';
import type { LogEntry, LogPosition } from '../entry.ts';
import type { LogTimestamp } from '../logTimestamp.ts';
import { newEntry } from '../newEntry.ts';
import { severityWord } from '../severityWord.ts';

/** In which a duration stands at the beginning of a message. */
const durationChars = 64;

/** The keys of jsonlog (PostgreSQL documentation, "Using JSON-Format Log Output") that hold text. */
type TextKey =
  | 'timestamp'
  | 'user'
  | 'dbname'
  | 'remote_host'
  | 'session_id'
  | 'error_severity'
  | 'state_code'
  | 'message'
  | 'detail'
  | 'hint'
  | 'internal_query'
  | 'context'
  | 'statement'
  | 'func_name'
  | 'file_name'
  | 'application_name'
  | 'backend_type'
  | 'backtrace';
type Read = Readonly<Record<TextKey | 'pid' | 'line_num' | 'file_line_num' | 'query_id', unknown>>;

/**
 * Reads one line of jsonlog; undefined where it is no JSON object. Unknown keys are ignored.
 *
 * `query_id` is an integer of 64 bits, which JSON.parse would round: it is taken from the text. Its key cannot occur
 * within a string, where quotes are escaped.
 */
export function jsonEntry(
  line: string,
  position: LogPosition,
  timestamp: LogTimestamp,
): LogEntry | undefined {
  const read = parse(line);
  if (read === undefined) return undefined;
  const message = text(read.message) ?? '';
  const severity = text(read.error_severity);
  const sqlstate = text(read.state_code) ?? (severity === undefined ? undefined : noSqlstate);
  const time = timestamp(text(read.timestamp) ?? '') ?? null;
  const level = severityWord(severity ?? '')?.level ?? levelOfSqlstate(sqlstate);
  const entry = newEntry(time, level, message, position);
  const detail = text(read.detail);
  if (detail !== undefined) entry.detail = detail;
  const hint = text(read.hint);
  if (hint !== undefined) entry.hint = hint;
  const context = text(read.context);
  if (context !== undefined) entry.context = context;
  const statement = text(read.statement);
  if (statement !== undefined) entry.statement = statement;
  const query = text(read.internal_query);
  if (query !== undefined) entry.internal_query = query;
  const backtrace = text(read.backtrace);
  if (backtrace !== undefined) entry.backtrace = backtrace;
  if (sqlstate !== undefined) entry.sqlstate = sqlstate;
  if (typeof read.pid === 'number') entry.pid = read.pid;
  const user = text(read.user);
  if (user !== undefined) entry.user = user;
  const database = text(read.dbname);
  if (database !== undefined) entry.database = database;
  const application = text(read.application_name);
  if (application !== undefined) entry.application_name = application;
  const client = text(read.remote_host);
  if (client !== undefined) entry.client_addr = client;
  const session = text(read.session_id);
  if (session !== undefined) entry.session_id = session;
  if (typeof read.line_num === 'number') entry.line_num = read.line_num;
  const queryId = queryIdOf(read.query_id, line);
  if (queryId !== undefined) entry.query_id = queryId;
  const backend = text(read.backend_type);
  if (backend !== undefined) entry.backend_type = backend;
  const location = locationOf(read);
  if (location !== undefined) entry.location = location;
  const begin = Buffer.from(message.slice(0, durationChars));
  const duration = new DurationMessage();
  if (duration.read(begin, 0, begin.length) && !Number.isNaN(duration.ms)) {
    entry.duration_ms = duration.ms;
  }
  return entry;
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

function queryIdOf(value: unknown, line: string): string | undefined {
  if (typeof value !== 'number' || value === 0) return undefined;
  if (Number.isSafeInteger(value)) return String(value);
  const at = line.lastIndexOf('"query_id":');
  return /^\s?(-?\d{1,20})/.exec(line.slice(at + 11, at + 34))?.[1];
}

function locationOf(read: Read): string | undefined {
  const names = [text(read.func_name), text(read.file_name)].filter((name) => name !== undefined);
  if (names.length === 0) return undefined;
  const line = typeof read.file_line_num === 'number' ? String(read.file_line_num) : '';
  return [...names, line].join(':');
}

/** jsonlog leaves it out. */
export const noSqlstate = '00000';

/** What the class of a SQLSTATE says where the severity is written in a language that we do not know. */
export const levelOfSqlstate = (sqlstate: string | undefined): LogEntry['level'] => {
  if (sqlstate === undefined || sqlstate.startsWith('01')) return 'WARNING';
  return sqlstate.startsWith('00') ? 'LOG' : 'ERROR';
};

function parse(line: string): Read | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Read;
  } catch {
    return undefined;
  }
}
