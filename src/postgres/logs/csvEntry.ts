import type { CsvRecord } from './csvRecord.ts';
import { durationOf } from './durationOf.ts';
import type { LogEntry, LogPosition } from './entry.ts';
import { levelOfSqlstate } from './jsonEntry.ts';
import { type LogHead, logHead } from './logHead.ts';
import type { LogTimestamp } from './logTimestamp.ts';
import { severityWord } from './severityWord.ts';

/** Where the columns stand (PostgreSQL documentation, "Using CSV-Format Log Output"); 14 added the last two. */
const column = {
  timestamp: 0,
  user: 1,
  database: 2,
  pid: 3,
  client_addr: 4,
  session_id: 5,
  line_num: 6,
  error_severity: 11,
  sqlstate: 12,
  message: 13,
  detail: 14,
  hint: 15,
  internal_query: 16,
  context: 18,
  statement: 19,
  location: 21,
  application_name: 22,
  backend_type: 23,
  query_id: 25,
} as const;

const texts = [
  'user',
  'database',
  'session_id',
  'sqlstate',
  'detail',
  'hint',
  'internal_query',
  'context',
  'statement',
  'location',
  'application_name',
  'backend_type',
] as const;

/** What a record of csvlog is counted and judged by; undefined where it is none: it has at least so many fields. */
export function csvHead({ length, value }: CsvRecord, least = 23): LogHead | undefined {
  const severity = value(column.error_severity);
  if (length < least || severity === undefined) return undefined;
  const sqlstate = value(column.sqlstate);
  const meaning = severityWord(severity);
  return logHead(
    meaning && 'level' in meaning ? meaning.level : levelOfSqlstate(sqlstate),
    value(column.message) ?? '',
    sqlstate,
    value(column.database),
    value(column.user),
  );
}

/** The entry that a record of csvlog is. */
export function csvEntry(
  { value }: CsvRecord,
  { level, event }: LogHead,
  position: LogPosition,
  timestamp: LogTimestamp,
): LogEntry {
  const message = value(column.message) ?? '';
  const time = timestamp(value(column.timestamp) ?? '') ?? null;
  const entry: LogEntry = { timestamp: time, level, message, position };
  for (const field of texts) {
    const text = value(column[field]);
    if (text !== undefined) entry[field] = text;
  }
  const pid = Number(value(column.pid));
  if (Number.isInteger(pid)) entry.pid = pid;
  const line = Number(value(column.line_num));
  if (Number.isInteger(line)) entry.line_num = line;
  const client = value(column.client_addr)?.replace(/:\d{1,5}$/, '');
  if (client !== undefined) entry.client_addr = client;
  const query = value(column.query_id);
  if (query !== undefined && query !== '0') entry.query_id = query;
  if (event !== undefined) entry.event = event;
  const duration = durationOf(message);
  if (duration !== undefined) entry.duration_ms = duration;
  return entry;
}
