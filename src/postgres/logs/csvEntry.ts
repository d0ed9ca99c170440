import type { CsvRecord } from './csvRecord.ts';
import type { LogEntry, LogPosition } from './entry.ts';
import { levelOfSqlstate } from './jsonEntry.ts';
import type { LogHead } from './logHead.ts';
import type { Kind, LogKinds } from './logKinds.ts';
import { newEntry } from './newEntry.ts';
import { severityWord } from './severityWord.ts';
import type { TimestampAt } from './timestampAt.ts';

/** Where the columns stand (PostgreSQL documentation, "Using CSV-Format Log Output"); 14 added the last two. */
export const column = {
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

/** What a record of csvlog is counted and judged by; undefined where it is none: it has at least so many fields. */
export function csvKind(record: CsvRecord, kinds: LogKinds, least = 23): Kind | undefined {
  const severity = record.name(column.error_severity);
  if (record.length < least || severity === undefined) return undefined;
  const sqlstate = record.name(column.sqlstate);
  return kinds.read(
    severityWord(severity)?.level ?? levelOfSqlstate(sqlstate),
    record.bytes,
    record.start(column.message),
    record.stop(column.message),
    sqlstate,
    record.name(column.database),
    record.name(column.user),
  );
}

/** Texts that most records do not have. */
const seldom = ['detail', 'hint', 'internal_query', 'context', 'statement', 'location'] as const;

/**
 * The entry that a record of csvlog is.
 *
 * @param message - Its text, as it was read before.
 */
export function csvEntry(
  record: CsvRecord,
  message: string,
  { level, event, sqlstate, database, user }: LogHead,
  position: LogPosition,
  timestamp: TimestampAt,
  durationMs: number,
): LogEntry {
  const time = timestamp(
    record.bytes,
    record.start(column.timestamp),
    record.stop(column.timestamp),
  );
  const entry = newEntry(time, level, message, position);
  for (const field of seldom) {
    const text = record.value(column[field]);
    if (text !== undefined) entry[field] = text;
  }
  if (sqlstate !== undefined) entry.sqlstate = sqlstate;
  const pid = Number(record.name(column.pid));
  if (Number.isInteger(pid)) entry.pid = pid;
  if (user !== undefined) entry.user = user;
  if (database !== undefined) entry.database = database;
  const application = record.name(column.application_name);
  if (application !== undefined) entry.application_name = application;
  const client = record.name(column.client_addr);
  if (client !== undefined) entry.client_addr = client.replace(/:\d{1,5}$/, '');
  const session = record.name(column.session_id);
  if (session !== undefined) entry.session_id = session;
  const line = Number(record.value(column.line_num));
  if (Number.isInteger(line)) entry.line_num = line;
  const query = record.name(column.query_id);
  if (query !== undefined && query !== '0') entry.query_id = query;
  const backend = record.name(column.backend_type);
  if (backend !== undefined) entry.backend_type = backend;
  if (event !== undefined) entry.event = event;
  if (!Number.isNaN(durationMs)) entry.duration_ms = durationMs;
  return entry;
}
