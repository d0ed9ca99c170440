import type { LogEntry, LogPosition } from './entry.ts';
import { durationOf } from './durationOf.ts';
import type { LogTimestamp } from './logTimestamp.ts';
import { severityWord } from './severityWord.ts';

/** Our name of a text key of jsonlog (PostgreSQL documentation, "Using JSON-Format Log Output"). */
const texts = new Map<
  string,
  | 'detail'
  | 'hint'
  | 'context'
  | 'statement'
  | 'internal_query'
  | 'backtrace'
  | 'sqlstate'
  | 'user'
  | 'database'
  | 'application_name'
  | 'client_addr'
  | 'session_id'
  | 'backend_type'
>([
  ['detail', 'detail'],
  ['hint', 'hint'],
  ['context', 'context'],
  ['statement', 'statement'],
  ['internal_query', 'internal_query'],
  ['backtrace', 'backtrace'],
  ['state_code', 'sqlstate'],
  ['user', 'user'],
  ['dbname', 'database'],
  ['application_name', 'application_name'],
  ['remote_host', 'client_addr'],
  ['session_id', 'session_id'],
  ['backend_type', 'backend_type'],
]);

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
  const text = (key: string): string | undefined => {
    const value = Object.hasOwn(read, key) ? read[key] : undefined;
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const message = text('message') ?? '';
  const meaning = severityWord(text('error_severity') ?? '');
  const sqlstate = text('state_code');
  const entry: LogEntry = {
    timestamp: timestamp(text('timestamp') ?? '') ?? null,
    level: meaning && 'level' in meaning ? meaning.level : levelOfSqlstate(sqlstate),
    message,
    position,
  };
  for (const [key, field] of texts) {
    const value = text(key);
    if (value !== undefined) entry[field] = value;
  }
  if (typeof read['pid'] === 'number') entry.pid = read['pid'];
  if (typeof read['line_num'] === 'number') entry.line_num = read['line_num'];
  const queryId = /"query_id":\s?(-?\d{1,20})/.exec(line)?.[1];
  if (queryId !== undefined && queryId !== '0') entry.query_id = queryId;
  const location = [text('func_name'), text('file_name')].filter((name) => name !== undefined);
  if (location.length > 0) entry.location = [...location, read['file_line_num'] ?? ''].join(':');
  const duration = durationOf(message);
  if (duration !== undefined) entry.duration_ms = duration;
  return entry;
}

/** What the class of a SQLSTATE says where the severity is written in a language that we do not know. */
export const levelOfSqlstate = (sqlstate: string | undefined): LogEntry['level'] => {
  if (sqlstate === undefined || sqlstate.startsWith('01')) return 'WARNING';
  return sqlstate.startsWith('00') ? 'LOG' : 'ERROR';
};

function parse(line: string): Readonly<Record<string, string | number>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, string | number>;
  } catch {
    return undefined;
  }
}
